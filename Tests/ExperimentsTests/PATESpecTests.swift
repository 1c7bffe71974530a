import Accounting
import Auditing
import Foundation
import Testing

@testable import Experiments

@Suite("PATE in specs")
struct PATESpecTests {
    private static let yaml = """
        name: tiny-pate
        seed: 7
        images: {dataset: fashion-mnist-small, candidates: 400, population: 120}
        victims:
          - id: student
            model: {family: classifier, hidden: [8]}
            training: {epochs: 4, batch: 16, rate: 0.01}
            pate:
              teachers: 5
              queries: 60
              sigma: 0.5
              threshold: 3
              thresholdSigma: 1
              answers: 50
              delta: 0.001
              teacherTraining: {epochs: 20, batch: 10, rate: 0.01}
            attacks:
              - {attack: loss-threshold, signal: logit-confidence}

        """

    @Test("A student is trained, told with both epsilons, and attacked; its control has no teachers")
    func run() throws {
        let scratch = try Scratch()
        let plan = try TinyExperiment.plan(Self.yaml)
        let (artefacts, _) = try plan.run(in: scratch.file("store"))
        let findings = try plan.assemble(artefacts).findings
        let student = try #require(findings.victims.first { $0.id == "student" })
        let statement = try #require(student.epsilon)
        let event = PrivacyEvent.composed([
            .repeated(.gaussian(noiseMultiplier: 0.5 / 2.0.squareRoot()), count: 50),
            .repeated(.gaussian(noiseMultiplier: 1), count: 60),
        ])
        #expect(try statement.epsilon == exactEpsilon(of: event, delta: 1e-3))
        #expect(student.defence == "PATE, 5 teachers, at most 50 answers")
        let lines = statement.assumptions
        #expect(lines["neighbouring relation"] == "replace one record: one teacher changes, one vote moves")
        #expect(lines["mechanism"] == "PATE, Confident-GNMax")
        let sensitive = try #require(lines["data-dependent epsilon"])
        #expect(sensitive.contains("unpublishable without smooth sensitivity"))
        let lost = try #require(Double(sensitive.prefix { $0 != "," }))
        #expect(lost > 0)
        let measures = Dictionary(uniqueKeysWithValues: student.utility.others.map { ($0.name, $0.value) })
        let answered = try #require(measures["answered queries"])
        #expect(answered > 0 && answered < 1)
        #expect(try #require(measures["answers' accuracy"]) > 0.3)
        #expect(try #require(measures["teachers' accuracy"]) > 0.3)
        let control = try #require(findings.victims.first { $0.id == "student-untrained" })
        #expect(control.epsilon == nil && control.defence == "untrained control")
        #expect(findings.rows.map(\.id).contains("student/loss-threshold/logit-confidence"))
    }

    @Test("The key of a student depends on its teachers, and that of others is as it was without the keys")
    func keys() throws {
        let keys = try TinyExperiment.keys(Self.yaml)
        let other = try TinyExperiment.keys(Self.yaml, setting: ["victims.0.pate.sigma=3"])
        #expect(keys["victim/student"] != other["victim/student"])
        let plain = String(decoding: try JSONCoding.encode(try TinyExperiment.spec()), as: UTF8.self)
        for key in ["pate", "federated", "mechanism"] { #expect(!plain.contains("\"\(key)\"")) }
    }

    @Test(
        "A spec that cannot be is refused in one line that says what to do",
        arguments: [
            ("victims.0.pate.thresholdSigma=null", "belong together"),
            ("victims.0.pate.queries=130", "found 130; ask fewer or raise images.population"),
            ("victims.0.pate.teachers=390", "pate.teachers: expected at most one per member"),
            ("victims.0.pate.answers=70", "expected a number from 1 to 60"),
            ("victims.0.model.family=autoencoder", "pate: expected a classifier, found a autoencoder"),
            ("victims.0.privacy={epsilon: 1, delta: 0.001}", "remove them"),
        ])
    func refusals(change: String, expected: String) throws {
        let error = #expect(throws: SpecError.self) { try TinyExperiment.plan(Self.yaml, setting: [change]) }
        let line = error?.description ?? ""
        #expect(line.contains(expected) && !line.contains("\n"), "\(line)")
    }
}
