import Accounting
import Auditing
import Foundation
import Models
import Statistics
import Store
import Tensors
import Testing
import ThreatModel
import Training

@testable import Experiments

@Suite("Runs of audits")
struct AuditRunTests {
    /// A classifier that learns its records by heart, one that is private, and the controls.
    static let yaml = """
        name: tiny
        seed: 7
        images: {dataset: fashion-mnist-small, candidates: 160, population: 20, shrink: 4}
        victims:
          - id: plain
            model: {family: classifier, hidden: [48]}
            training: {epochs: 60, batch: 16, rate: 0.02}
            audit:
              canaries: {kind: mislabelled, count: 80}
              guesses: [20, 80]
              rungs: [black-box, white-box, checkpoints]
              checkpoints: 4
          - id: private
            like: plain
            training: {epochs: 4, batch: 32, rate: 0.01}
            privacy: {epsilon: 4, delta: 0.001}
            audit:
              canaries: {kind: mislabelled, count: 80}
              guesses: 40
              rungs: [black-box, white-box, checkpoints, gradient-canary]
              checkpoints: 4
              references: 2
        """

    private func run(_ store: URL, workers: Int = 2) throws -> (plan: Plan, artefacts: [String: Artefact]) {
        let plan = try TinyExperiment.plan(Self.yaml)
        let (artefacts, log) = try plan.run(in: store, workers: workers)
        #expect(log.stages("failed").isEmpty)
        return (plan, artefacts)
    }

    private func value(_ name: String, _ row: Finding) throws -> Double {
        try #require(row.measures.first { $0.name == name }).value
    }

    @Test(
        "A model that learned its canaries by heart gives them away, a private one less than its claim, a fresh one none"
    )
    func bounds() throws {
        let scratch = try Scratch()
        let (plan, artefacts) = try run(scratch.file("store"))
        let findings = try plan.assemble(artefacts).findings
        func row(_ id: String) throws -> Finding { try #require(findings.rows.first { $0.id == id }) }
        let plain = try row("plain/audit/black-box")
        #expect(try value("epsilon-lower@0.999", plain) > 0.5)
        #expect(try value("epsilon-lower@0.95", plain) > value("epsilon-lower@0.999", plain))
        #expect(plain.signal == "logit-confidence" && plain.queries == 80 && plain.trainings == 1 && !plain.isControl)
        #expect(try #require(plain.membership).auc.value > 0.8)
        for rung in AuditSpec.Rung.allCases {
            let row = try row("private/audit/\(rung.rawValue)")
            let upper = try #require(row.epsilon).epsilon
            #expect(try value("epsilon-lower@0.999", row) <= upper && upper <= 4)
            #expect(row.measures.first { $0.name == "epsilon-lower@0.95" }?.control == upper)
            #expect(row.trainings == (rung == .gradientCanary ? 0 : 2))
        }
        let control = try row("plain-untrained/audit/black-box")
        #expect(try value("epsilon-lower@0.999", control) == 0 && control.isControl)
        #expect(!findings.rows.contains { $0.id == "plain-untrained/audit/white-box" })
        let relations = findings.relations.filter { $0.statement.contains("audit") }
        #expect(relations.count == 2, "the control in two respects")
        let gate = try #require(findings.relations.first { $0.statement.hasPrefix("private: no lower bound") })
        #expect(gate.isGate && gate.outcome == .held && gate.detail.contains("the largest of 4"))
        #expect(relations.allSatisfy { $0.isGate && $0.outcome == .held })
    }

    @Test("The bound is that of right guesses counted by hand, at a number that the pilot chose")
    func byHand() throws {
        let scratch = try Scratch()
        let (plan, artefacts) = try run(scratch.file("store"))
        let row = try #require(plan.assemble(artefacts).findings.rows.first { $0.id == "plain/audit/black-box" })
        let victim = try #require(plan.victims.first { $0.spec.id == "plain" })
        func right(_ victim: ResolvedVictim, _ stage: String, _ guesses: Int) throws -> Int {
            let audited = try #require(victim.audited)
            let model = try Model(
                checkpoint: Safetensors(decoding: #require(artefacts[stage]).data("model.safetensors")))
            let scores = try Signal.logitConfidence.values(of: model, on: audited.canaries)
            let order = scores.indices.sorted { scores[$0] > scores[$1] }
            return order.prefix(guesses / 2).count { audited.included[$0] }
                + order.suffix(guesses / 2).count { !audited.included[$0] }
        }
        let pilot = try #require(victim.pilot())
        let bounds = try [20, 80].map { guesses in
            try oneRunEpsilon(
                canaries: 80, guesses: guesses, correct: right(pilot, "pilot/plain", guesses), delta: 1e-5,
                confidence: 0.95)
        }
        let chosen = bounds[1] > bounds[0] ? 80 : 20
        #expect(try value("guesses", row) == Double(chosen))
        let correct = try right(victim, "victim/plain", chosen)
        #expect(try abs(value("right guesses", row) - Double(correct) / Double(chosen)) < 1e-12)
        let expected = try oneRunEpsilon(
            canaries: 80, guesses: chosen, correct: correct, delta: 1e-5, confidence: 0.999)
        #expect(try value("epsilon-lower@0.999", row) == expected)
        let gaussian = try gaussianOneRunEpsilon(
            canaries: 80, guesses: chosen, correct: correct, delta: 1e-5, confidence: 0.95)
        #expect(try value("epsilon-lower-gaussian@0.95", row) == gaussian)
        #expect(row.notes.contains { $0.contains("chosen among 20, 80") })
    }

    @Test("With references, the score is that of the victim less that of the training which left the canary out")
    func references() throws {
        let scratch = try Scratch()
        let (plan, artefacts) = try run(scratch.file("store"))
        let row = try #require(plan.assemble(artefacts).findings.rows.first { $0.id == "private/audit/black-box" })
        let victim = try #require(plan.victims.first { $0.spec.id == "private" })
        let audited = try #require(victim.audited)
        let references = victim.references()
        let coins = try references.map { try #require($0.audited).included }
        #expect(coins.count == 2 && coins[1] == coins[0].map { !$0 } && coins[0] != audited.included)
        func scores(_ stage: String) throws -> [Double] {
            let file = try Safetensors(decoding: #require(artefacts[stage]).data("model.safetensors"))
            return try Signal.logitConfidence.values(of: Model(checkpoint: file), on: audited.canaries)
        }
        let own = try scores("victim/private")
        let others = try (0..<2).map { try scores("reference/private/\($0)") }
        let calibrated = own.indices.map { own[$0] - others[coins[0][$0] ? 1 : 0][$0] }
        let expected = try ROC(scores: calibrated, isMember: audited.included).auc
        #expect(try abs(#require(row.membership).auc.value - expected) < 1e-9)
        #expect(row.notes.contains { $0.contains("left the canary out") })
    }

    @Test("Checkpoints are models of the training on the way, and gradient canaries have coins of their own")
    func history() throws {
        let scratch = try Scratch()
        let (plan, artefacts) = try run(scratch.file("store"))
        let store = ArtefactStore(root: scratch.file("store")) { _ in }
        let context = StageContext(
            output: scratch.file("out"), inputs: artefacts, store: store, checkpoints: scratch.file("checkpoints"),
            progress: { _ in })
        let victim = try #require(plan.victims.first { $0.spec.id == "private" })
        let final = try context.model(from: "victim/private")
        let history = try context.history(of: victim, final: final, from: "victim/private")
        let meter = QueryMeter()
        let models = Checkpoints(to: Victim(final, history: history), meter: meter).models
        #expect(models.count == 5)
        let files = try models.map { try $0.checkpoint() }
        for (earlier, later) in zip(files, files.dropFirst()) { #expect(earlier != later) }
        let trace = try context.read(AuditTrace.self, VictimStage.trace, from: "victim/private")
        #expect(trace.gradientCanaries.count == 80 && trace.alignments.count == 80)
        #expect(trace.gradientCanaries != victim.audited?.included)
        let plain = try context.read(AuditTrace.self, VictimStage.trace, from: "victim/plain")
        #expect(plain.gradientCanaries.isEmpty && plain.alignments.isEmpty)
        // The first state of the second quarter, trained again.
        var recipe = victim.recipe
        let total = recipe.steps(victim.training.count)
        let segment = max(1, total / 60)
        let steps = try #require((1...total).first { $0 % segment == 0 && $0 * 4 / total == 1 })
        recipe.steps = steps
        let again = try recipe.train(
            on: victim.training, random: victim.random["training"], canaries: victim.gradientCanaries)
        #expect(try again.model.checkpoint() == files[1])
    }

    @Test("One worker or two, the findings are the same")
    func workers() throws {
        let scratch = try Scratch()
        let (plan, one) = try run(scratch.file("one"), workers: 1)
        let (_, two) = try run(scratch.file("two"), workers: 2)
        #expect(try plan.assemble(one).findings == plan.assemble(two).findings)
    }

    @Test("A lower bound above the claim is a violated gate, and so is one of a control")
    func violated() throws {
        let scratch = try Scratch()
        let (plan, artefacts) = try run(scratch.file("store"))
        var rows = try plan.assemble(artefacts).findings.rows.filter { $0.id.contains("audit") }
        for row in rows.indices {
            for measure in rows[row].measures.indices where rows[row].measures[measure].name == "epsilon-lower@0.999" {
                rows[row].measures[measure].value = 5
            }
        }
        let relations = plan.auditRelations(rows)
        #expect(relations.count == 1 && relations.allSatisfy { $0.isGate && $0.outcome == .violated })
        var findings = try plan.assemble(artefacts).findings
        let victim = try #require(findings.rows.firstIndex { $0.id == "private/audit/gradient-canary" })
        findings.rows[victim].audits?[0].epsilon = 5
        #expect(EpsilonGate.relations(findings).map(\.outcome) == [.violated])
    }
}
