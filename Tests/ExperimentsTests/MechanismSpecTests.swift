import Datasets
import Experiments
import Foundation
import Lab
import Testing

@Suite("Specs of mechanisms")
struct MechanismSpecTests {
    static func yaml(_ mechanism: String, _ caughtBy: String, _ more: String = "") -> String {
        """
        name: tiny
        seed: 4
        mechanism: \(mechanism)
        claim: {clip: 0.5, sigma: 2, batch: 6, records: 60, steps: 40}
        canary: {pairs: 100, runs: 0}
        caughtBy: \(caughtBy)
        \(more)
        """
    }

    private func report(_ yaml: String) throws -> MechanismReport {
        let spec = try MechanismSpec(yaml: yaml, name: "tiny.yaml")
        return try MechanismAudit(spec, registry: try DatasetRegistry.standard()).report()
    }

    @Test("The correct mechanism is as expected when nobody must reject it, and not when somebody must")
    func correct() throws {
        let found = try report(Self.yaml("correct", "[]"))
        #expect(found.isAsExpected && found.caught.isEmpty && found.verdicts.map(\.detector) == Detector.allCases)
        let wanted = try report(Self.yaml("correct", "[sampler]"))
        #expect(!wanted.isAsExpected && wanted.outcome == "rejected by no detector; expected: sampler")
    }

    @Test("A broken mechanism is as expected when those who must reject it do, whoever else does")
    func broken() throws {
        #expect(try report(Self.yaml("no-noise", "[noise-distribution]")).isAsExpected)
        #expect(!(try report(Self.yaml("no-noise", "[]")).isAsExpected))
        #expect(!(try report(Self.yaml("no-noise", "[sampler, noise-distribution]")).isAsExpected))
    }

    @Test("Images and a model of the spec are what the gradients are of")
    func images() throws {
        let more = """
            images: {dataset: fashion-mnist-small, shrink: 4}
            model: {family: autoencoder, hidden: [4], latents: 2}
            """
        let found = try report(Self.yaml("two-thirds-of-the-noise", "[noise-distribution]", more))
        #expect(found.isAsExpected && found.data.hasPrefix("60 images of fashion-mnist-small"))
    }

    @Test("The same spec gives the same report, another seed another")
    func seeds() throws {
        var spec = try MechanismSpec(yaml: Self.yaml("correct", "[]"), name: "tiny.yaml")
        let registry = try DatasetRegistry.standard()
        let first = try MechanismAudit(spec, registry: registry).report()
        #expect(try MechanismAudit(spec, registry: registry).report() == first)
        spec.seed = 5
        #expect(try MechanismAudit(spec, registry: registry).report().verdicts != first.verdicts)
    }

    @Test("A spec survives being written and read")
    func roundTrip() throws {
        let spec = try MechanismSpec(
            yaml: Self.yaml("rate-times-ten", "[sampler]", "level: 0.99\nmodel: {family: classifier}"),
            name: "tiny.yaml")
        #expect(spec.level == 0.99 && spec.steps == 40 && spec.canary.runSteps == 30)
        let data = try JSONEncoder().encode(spec)
        #expect(try JSONDecoder().decode(MechanismSpec.self, from: data) == spec)
    }

    @Test(
        "What does not fit is told in a line",
        arguments: [
            ("mechanism: correct", "mechanism: corect", "did you mean 'correct'?"),
            ("caughtBy: []", "caughtBy: [samplr]", "did you mean 'sampler'?"),
            ("caughtBy: []", "caught: []", "unknown key 'caught'"),
            ("sigma: 2", "sigma: 0", "claim.sigma: expected a number from"),
            ("batch: 6", "batch: 61", "claim.batch: expected a number from 1 to 60"),
            ("mechanism: correct", "mechanism: rate-times-ten\nlevel: 2", "level: expected a number"),
            ("batch: 6, records: 60", "batch: 7, records: 60", "ten times the rate"),
            ("caughtBy: []", "caughtBy: []\nmodel: {family: gan}", "found a gan"),
            ("runs: 0", "runs: 3", "canary.runs: expected 0, or at least 20"),
        ])
    func refusals(old: String, new: String, says: String) {
        let yaml = Self.yaml(says == "ten times the rate" ? "rate-times-ten" : "correct", "[]")
            .replacing(old, with: new)
        #expect {
            try MechanismSpec(yaml: yaml, name: "tiny.yaml")
        } throws: { error in
            "\(error)".hasPrefix("tiny.yaml: ") && "\(error)".contains(says) && !"\(error)".contains("\n")
        }
    }

    @Test("Every committed spec of a broken mechanism is well-formed, and says who must find out")
    func committed() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../experiments/broken-dp")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count == 6)
        for file in files {
            let spec = try MechanismSpec(contentsOf: file)
            #expect(spec.name == file.deletingPathExtension().lastPathComponent && spec.mechanism.rawValue == spec.name)
            #expect((spec.mechanism == .correct) == spec.caughtBy.isEmpty)
            #expect(spec.level == 0.999)
        }
    }
}
