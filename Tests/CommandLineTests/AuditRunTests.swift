import Foundation
import Testing

@Suite("penumbra audit run")
struct AuditRunTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func write(_ victim: String) throws -> String {
        let file = scratch.file("spec.yaml")
        let yaml = """
            name: tiny
            seed: 7
            images: {dataset: fashion-mnist-small, candidates: 100, population: 0, shrink: 4}
            victims:
              - id: classifier
                model: {family: classifier, hidden: [16]}
                training: {epochs: 30, batch: 16, rate: 0.02}
            \(victim)
            """
        try Data(yaml.utf8).write(to: file)
        return file.path
    }

    @Test("prints a line for each audit, and ends well when no lower bound exceeds its upper one")
    func table() throws {
        let spec = try write("    audit: {canaries: {kind: mislabelled, count: 40}, guesses: 40}")
        let outcome = try Program.run(["audit", "run", spec, "--runs", scratch.file("runs").path])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.first == "Audits")
        #expect(lines.count { $0.contains("black-box") && !$0.contains("held") } == 2, "the victim and its control")
        #expect(lines.contains { $0.contains("held") && $0.contains("the audit shows nothing") })
        #expect(lines.last?.hasPrefix("report: ") == true)
        let again = try Program.run(["run", spec, "--runs", scratch.file("runs").path])
        #expect(again.status == 0 && again.output.contains("Victims"), "the same run, another table")
        #expect(!again.errors.contains("finished"), "and nothing is computed again")
    }

    @Test("refuses a spec without an audit in one line")
    func noAudit() throws {
        let outcome = try Program.run(["audit", "run", try write(""), "--runs", scratch.file("runs").path])
        #expect(outcome.status == 2 && outcome.output.isEmpty)
        #expect(outcome.errorLines.count == 1 && outcome.errors.contains("expected a victim with a key 'audit'"))
    }
}
