import Auditing
import Foundation
import Testing

@testable import Experiments

@Suite("Victims of a table")
struct TableRunTests {
    /// Two hundred rows whose class follows from two columns, most of the time.
    private func csv(_ scratch: Scratch) throws -> URL {
        var lines = ["age,kind,place,income"]
        for row in 0..<200 {
            let (age, kind) = (18 + row * 37 % 60, ["a", "b", "c"][row * 7 % 3])
            let place = ["north", "south", "east", "west", "?"][row * 11 % 5]
            lines.append("\(age),\(kind),\(place),\(age > 40 && kind != "a" || row % 10 == 0 ? "high" : "low")")
        }
        let file = scratch.file("people.csv")
        try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        return file
    }

    private func yaml(_ file: URL) -> String {
        """
        name: tiny
        seed: 3
        table: {dataset: "csv:\(file.path)", label: income, bins: 4, candidates: 120, population: 60}
        victims:
          - id: vae
            data: table
            model: {family: variational-autoencoder, hidden: [8], latents: 2}
            training: {epochs: 3, batch: 16, rate: 0.01}
            shadows: {count: 2}
            attacks:
              - {attack: loss-threshold, signal: negative-elbo}
              - {attack: lira-online, signal: negative-elbo}
          - id: classifier
            data: table
            model: {family: classifier, hidden: [16]}
            training: {epochs: 30, batch: 16, rate: 0.02}
            attacks:
              - {attack: loss-threshold, signal: logit-confidence}
              - {attack: attack-p, signal: logit-confidence}
              - {attack: correctness}
        """
    }

    @Test("A run on a CSV file ends in findings of its rows, the same with one worker and two")
    func run() throws {
        let scratch = try Scratch()
        let file = try csv(scratch)
        func result(_ store: String, workers: Int) throws -> RunResult {
            let plan = try TinyExperiment.plan(yaml(file))
            let (artefacts, log) = try plan.run(in: scratch.file(store), workers: workers)
            #expect(log.stages("failed").isEmpty)
            return try plan.assemble(artefacts)
        }
        let found = try result("one", workers: 1)
        let (findings, exhibits) = (found.findings, found.exhibits)
        #expect(
            findings.rows.map(\.id) == [
                "vae/loss-threshold/negative-elbo", "vae/lira-online/negative-elbo", "vae/shadow-pool",
                "classifier/loss-threshold/logit-confidence", "classifier/attack-p/logit-confidence",
                "classifier/correctness", "vae-untrained/loss-threshold/negative-elbo",
                "classifier-untrained/loss-threshold/logit-confidence",
                "classifier-untrained/attack-p/logit-confidence", "classifier-untrained/correctness",
            ])
        // Four bins of age, three kinds, four places and the missing one.
        #expect(findings.datasets.map(\.record) == ["a row of 3 columns as 12 features"])
        #expect(findings.datasets[0].records == 200 && !findings.datasets[0].isFallback)
        #expect(findings.rows.compactMap(\.membership).allSatisfy { $0.members + $0.nonMembers == 120 })
        let classifier = try #require(findings.victims.first { $0.id == "classifier" })
        let control = try #require(findings.victims.first { $0.id == "classifier-untrained" })
        #expect(classifier.utility.heldOut < control.utility.heldOut, "it has learned the class")
        // Records are shown as their values.
        let memorised = try #require(exhibits.first { $0.title == "Most memorised records" })
        guard case .text(let text) = memorised.content else {
            Issue.record("expected text, found \(memorised.content)")
            return
        }
        #expect(text.components(separatedBy: "\n\n").count == 5 && text.contains("kind"))
        #expect(try result("two", workers: 2).findings == findings)
    }

    @Test("One other cell of the file changes every key")
    func otherCell() throws {
        let scratch = try Scratch()
        let file = try csv(scratch)
        let before = try TinyExperiment.keys(yaml(file))
        let text = try String(contentsOf: file, encoding: .utf8)
        try text.replacing("north", with: "south", maxReplacements: 1).write(
            to: file, atomically: true, encoding: .utf8)
        let after = try TinyExperiment.keys(yaml(file))
        #expect(!before.isEmpty && before.allSatisfy { after[$0.key] != $0.value })
        let binned = try TinyExperiment.keys(yaml(file), setting: ["table.bins=5"])
        #expect(after.allSatisfy { binned[$0.key] != $0.value })
    }
}
