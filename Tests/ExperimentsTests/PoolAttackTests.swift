import Auditing
import Foundation
import Statistics
import Store
import Tensors
import Testing
import ThreatModel

@testable import Experiments

@Suite("Leave-one-out targets")
struct PoolAttackTests {
    private static let yaml = """
        name: tiny
        seed: 7
        images: {dataset: fashion-mnist-small, candidates: 60, population: 50, shrink: 4}
        victims:
          - id: classifier
            model: {family: classifier, hidden: [8]}
            training: {epochs: 20, batch: 16, rate: 0.02}
            shadows: {count: 6, flips: independent}
            attacks:
              - {attack: loss-threshold, signal: logit-confidence}
              - {attack: base, signal: logit-confidence}
              - {attack: loss-threshold, signal: logit-confidence, targets: pool, name: loss-pool}
              - {attack: base, signal: logit-confidence, targets: pool, name: base-pool}
        """

    private func run(_ store: URL, workers: Int = 2) throws -> (plan: Plan, artefacts: [String: Artefact]) {
        let plan = try TinyExperiment.plan(Self.yaml)
        let (artefacts, log) = try plan.run(in: store, workers: workers)
        #expect(log.stages("failed").isEmpty)
        return (plan, artefacts)
    }

    /// The signals and the membership of every shadow, from what the stages left.
    private func pool(_ artefacts: [String: Artefact]) throws -> (signals: [[Double]], membership: [[Bool]]) {
        let files = try (0..<6).map { index in
            let artefact = try #require(artefacts["shadow/classifier/\(index)"])
            return try Safetensors(decoding: try artefact.data("signals.safetensors"))
        }
        return (
            try files.map { try $0.array("logit-confidence").doubles },
            try files.map { try $0.array("membership").doubles.map { $0 == 1 } }
        )
    }

    @Test("Every shadow is a target once, and the grade is that of all targets' scores together")
    func targets() throws {
        let scratch = try Scratch()
        let (plan, artefacts) = try run(scratch.file("store"))
        let findings = try plan.assemble(artefacts).findings
        func row(_ name: String) throws -> Finding {
            try #require(findings.rows.first { $0.id == "classifier/\(name)" })
        }
        let (signals, membership) = try pool(artefacts)
        let likelihoods = signals.map { Signal.logitConfidence.scaled($0, .logLikelihood) }
        // By hand: the log-likelihood itself, and that minus the logarithm of the other five's mean likelihood.
        let base = (0..<6).map { target in
            (0..<60).map { record in
                let others = (0..<6).filter { $0 != target }.map { exp(likelihoods[$0][record]) }
                return likelihoods[target][record] - log(others.reduce(0, +) / 5)
            }
        }
        for (name, scores) in [("loss-pool", likelihoods), ("base-pool", base)] {
            let row = try row(name)
            let grade = try #require(row.membership)
            #expect(grade.targets == 6 && grade.members == membership.joined().count { $0 })
            #expect(grade.members + grade.nonMembers == 360)
            let expected = try ROC(scores: scores.flatMap(\.self), isMember: membership.flatMap(\.self)).auc
            #expect(abs(grade.auc.value - expected) < 1e-9, "\(name)")
            #expect(grade.auc.interval.contains(expected) && row.trainings == 5 && row.queries == 360)
            let areas = try zip(scores, membership).map { try ROC(scores: $0, isMember: $1).auc }
            let mean = try #require(row.measures.first { $0.name == "mean AUC of targets" })
            #expect(abs(mean.value - areas.reduce(0, +) / 6) < 1e-9)
        }
        // Twenty passes over thirty records leave a mark, on the victim as on the shadows.
        #expect(try #require(row("base-pool").membership).auc.value > 0.55)
        #expect(try #require(row("base/logit-confidence").membership).targets == nil)
    }

    @Test("A target is attacked with the help of all others, beginning after it, and never with its own")
    func others() throws {
        let scratch = try Scratch()
        let (_, artefacts) = try run(scratch.file("store"))
        let context = StageContext(
            output: scratch.file("out"), inputs: artefacts, store: ArtefactStore(root: scratch.file("store")) { _ in },
            checkpoints: scratch.file("checkpoints"), checkpointInterval: .seconds(1), progress: { _ in })
        let stages = (0..<6).map { "shadow/classifier/\($0)" }
        let shadows = try ShadowPool(stages, signal: .logitConfidence, context)
        let (signals, membership) = try pool(artefacts)
        #expect(shadows.count == 6)
        for index in 0..<6 {
            let target = try shadows.target(index)
            #expect(target.signal == signals[index] && target.secret == membership[index])
            let others = (1..<6).map { (index + $0) % 6 }
            #expect(target.others.signals == others.map { signals[$0] })
            #expect(target.others.membership == others.map { membership[$0] })
            #expect(target.population.count == 50 && target.others.population?.count == 5)
        }
    }

    @Test("Thresholds of the pool are put to the victim, where the attack reads the pool")
    func transfers() throws {
        let scratch = try Scratch()
        let (plan, artefacts) = try run(scratch.file("store"))
        let rows = try plan.assemble(artefacts).findings.rows
        func transfers(_ id: String) -> [ThresholdTransfer]? { rows.first { $0.id == id }?.membership?.transfers }
        let base = try #require(transfers("classifier/base/logit-confidence"))
        let (_, membership) = try pool(artefacts)
        let nonMembers = membership.joined().count { !$0 }
        #expect(base.map(\.target) == MembershipGame.rates)
        #expect(base.allSatisfy { $0.calibrationNonMembers == nonMembers })
        #expect(transfers("classifier/loss-threshold/logit-confidence") == nil)
    }

    @Test("The pool has a row of its own, with memorisation by hand")
    func poolRow() throws {
        let scratch = try Scratch()
        let (plan, artefacts) = try run(scratch.file("store"))
        let result = try plan.assemble(artefacts)
        let row = try #require(result.findings.rows.first { $0.id == "classifier/shadow-pool" })
        #expect(row.game == .memorisation && row.trainings == 6 && row.queries == 0 && row.membership == nil)
        let (signals, membership) = try pool(artefacts)
        let gaps = (0..<60).compactMap { record -> Double? in
            func mean(_ isMember: Bool) -> Double? {
                let shadows = (0..<6).filter { membership[$0][record] == isMember }
                let values = shadows.map { 1 / (1 + exp(-signals[$0][record])) }
                return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
            }
            return mean(true).flatMap { inside in mean(false).map { inside - $0 } }
        }
        let measure = try #require(row.measures.first { $0.name == "mean memorisation" })
        #expect(abs(measure.value - gaps.reduce(0, +) / Double(gaps.count)) < 1e-9)
        let share = try #require(row.measures.first { $0.name == "share memorised by 0.25 or more" })
        #expect(abs(share.value - Double(gaps.count { $0 >= 0.25 }) / Double(gaps.count)) < 1e-12)
        #expect(row.notes.contains { $0.contains("normality") })
        #expect(result.exhibits.contains { $0.title == "Most memorised records" && $0.victim == "classifier" })
        #expect(!result.findings.rows.contains { $0.id == "classifier-untrained/shadow-pool" })
    }

    @Test("One worker or two, the findings are the same")
    func workers() throws {
        let scratch = try Scratch()
        let (plan, one) = try run(scratch.file("one"), workers: 1)
        let (_, two) = try run(scratch.file("two"), workers: 2)
        #expect(try plan.assemble(one).findings == plan.assemble(two).findings)
    }

    @Test("Flips are independent: shadow 1 is not what shadow 0 leaves, as it is in a covering pool")
    func flips() throws {
        let scratch = try Scratch()
        func memberships(_ yaml: String, _ store: String) throws -> [[Bool]] {
            let plan = try TinyExperiment.plan(yaml)
            let wanted = try (0..<2).map { index in
                try #require(plan.stages.first { $0.id == "shadow/classifier/\(index)" })
            }
            let (artefacts, _) = try Plan(plan, stages: wanted).run(in: scratch.file(store))
            return try wanted.map { stage in
                let data = try #require(artefacts[stage.id]).data("signals.safetensors")
                return try Safetensors(decoding: data).array("membership").doubles.map { $0 == 1 }
            }
        }
        let independent = try memberships(Self.yaml, "independent")
        #expect((10...50).contains(zip(independent[0], independent[1]).count { $0 == $1 }))
        let lines = Self.yaml.split(separator: "\n").filter { !$0.contains("targets: pool") }
        let yaml = lines.joined(separator: "\n").replacing(", flips: independent", with: "")
        let covering = try memberships(yaml, "covering")
        #expect(covering[0] == independent[0] && covering[1] == covering[0].map { !$0 })
    }
}
