import Accounting
import Attacks
import Auditing
import Foundation
import Models
import Statistics
import Tensors
import ThreatModel
import Training

/// A training whose canaries' coins are guessed, or known, and where its model is.
struct AuditTarget: Sendable {
    var victim: ResolvedVictim
    var stage: String
}

extension AuditSpec.Rung {
    /// Whether scores depend on how hard a canary is, which trainings with other coins can tell; a gradient that was drawn
    /// is as hard as any other.
    var hasReferences: Bool { self != .gradientCanary }
}

/// Lets one adversary guess the coins of an audit's canaries, and turns the right guesses into a lower bound on epsilon.
struct AuditStage: Sendable {
    let audit: AuditSpec
    let rung: AuditSpec.Rung
    let target: AuditTarget
    /// The training on which the number of guesses is chosen.
    let pilot: AuditTarget?
    /// The trainings that tell how hard each canary is.
    let references: [AuditTarget]

    /// The confidences at which every bound is stated.
    static let confidences = [0.95, 0.999]

    private var victim: ResolvedVictim { target.victim }

    /// The stages that it reads.
    var inputs: [String] { [target.stage] + (pilot.map { [$0.stage] } ?? []) + references.map(\.stage) }

    /// What follows the victim in the identifier of a row.
    static func id(_ rung: AuditSpec.Rung) -> String { "audit/\(rung.rawValue)" }

    /// Roughly 10⁹ multiply-adds.
    var cost: Double {
        let passes =
            switch rung {
            case .blackBox, .gradientCanary: 1
            case .whiteBox: 4
            case .checkpoints: 2 * audit.checkpoints
            }
        return 1 + Double(inputs.count * passes * audit.canaries.count * victim.recipe.architecture.multiplyAdds) / 1e9
    }

    private var delta: Double { victim.spec.privacy?.delta ?? audit.delta }

    /// Scores of the canaries, and their coins.
    private struct Play {
        var scores: MembershipScores
        var included: [Bool]
        var queries: Int

        /// The scores less the mean of those by the models that left the canary out.
        func calibrated(by references: [Play]) throws -> Play {
            guard !references.isEmpty else { return self }
            let view = try ShadowView(
                signals: references.map(\.scores.values), membership: references.map(\.included))
            let table = SignalTable(target: scores.values, shadows: view)
            return Play(
                scores: MembershipScores(try DifficultyCalibration().scores(table)), included: included,
                queries: queries)
        }
    }

    func run(_ context: StageContext) throws {
        let difficulty = try references.map { try self.play($0, context) }
        let play = try play(target, context).calibrated(by: difficulty)
        let guesses = try guesses(difficulty, context)
        let grade = try OneRunGame(included: play.included).grade(play.scores, guesses: guesses)
        let upper = try context.read(TrainingRecord.self, "training.json", from: target.stage).epsilon
        let membership = MembershipGame(secret: play.included)
        try context.write(
            "outcome.json",
            AttackOutcome(
                game: .membership, signal: signal?.rawValue ?? "",
                membership: try membership.grade(play.scores, delta: delta),
                measures: try measures(grade, upper), queries: play.queries, trainings: inputs.count - 1,
                notes: notes(grade), roc: try membership.curve(play.scores, name: Self.id(rung)), exhibits: [],
                audits: try statements(grade)))
    }

    /// How many coins are guessed: as the spec says, or with what the pilot's bound is highest.
    private func guesses(_ difficulty: [Play], _ context: StageContext) throws -> Int {
        guard let pilot else { return audit.guesses[0] }
        let play = try play(pilot, context).calibrated(by: difficulty)
        let game = OneRunGame(included: play.included)
        let bounds = try audit.guesses.map { count in
            try bound(try game.grade(play.scores, guesses: count), Self.confidences[0])
        }
        let best = bounds.indices.max { (bounds[$0], $1) < (bounds[$1], $0) } ?? 0
        return audit.guesses[best]
    }

    private func bound(_ grade: OneRunGrade, _ confidence: Double) throws -> Double {
        try oneRunEpsilon(
            canaries: grade.canaries, guesses: grade.guesses, correct: grade.right, delta: delta,
            confidence: confidence)
    }

    private func gaussianBound(_ grade: OneRunGrade, _ confidence: Double) throws -> Double {
        try gaussianOneRunEpsilon(
            canaries: grade.canaries, guesses: grade.guesses, correct: grade.right, delta: delta,
            confidence: confidence)
    }

    /// The bounds that are held against the accountant's: at the highest confidence, for every rung is one more trial.
    private func statements(_ grade: OneRunGrade) throws -> [AuditStatement] {
        let confidence = Self.confidences.max() ?? 0.999
        let guesses = CoinGuesses(canaries: grade.canaries, guesses: grade.guesses, correct: grade.right)
        return try [(AuditMethod.oneRun, bound), (.gaussianOneRun, gaussianBound)].map { method, bound in
            AuditStatement(
                method: method, epsilon: try bound(grade, confidence), delta: delta, confidence: confidence,
                choice: pilot == nil ? "fixed in the spec" : "chosen on a training with other coins", guesses: guesses)
        }
    }

    private func measures(_ grade: OneRunGrade, _ upper: EpsilonStatement?) throws -> [Measure] {
        var measures = [
            Measure(name: "guesses", value: Double(grade.guesses), unit: "of \(grade.canaries) coins"),
            Measure(
                name: "right guesses", value: Double(grade.right) / Double(grade.guesses), unit: "of the guesses",
                interval: .clopperPearson(successes: grade.right, trials: grade.guesses, confidence: 0.95),
                control: 0.5, controlName: "chance"),
        ]
        for confidence in Self.confidences {
            measures.append(measure("epsilon-lower", confidence, try bound(grade, confidence), upper))
            measures.append(
                measure("epsilon-lower-gaussian", confidence, try gaussianBound(grade, confidence), upper))
        }
        return measures
    }

    private func measure(_ name: String, _ confidence: Double, _ value: Double, _ upper: EpsilonStatement?) -> Measure {
        Measure(
            name: "\(name)@\(confidence)", value: value, unit: "at δ = \(delta)", control: upper?.epsilon,
            controlName: upper.map { _ in "accountant's upper bound" })
    }

    private func notes(_ grade: OneRunGrade) -> [String] {
        let choice =
            pilot == nil
            ? "\(grade.guesses) guesses, fixed in the spec"
            : "\(grade.guesses) guesses, chosen among \(audit.guesses.map(String.init).joined(separator: ", ")) on a "
                + "training with other coins"
        let what =
            rung == .gradientCanary
            ? "\(grade.canaries) unit gradients along coordinates drawn beforehand"
            : "\(grade.canaries) \(audit.canaries.kind.rawValue) canaries"
        let calibration =
            references.isEmpty
            ? []
            : [
                "scores minus the mean of those by the half of \(references.count) trainings with other coins that left the "
                    + "canary out; they begin with the victim's initial parameters"
            ]
        return calibration + [
            "\(what), each included by a fair coin of its own; \(choice)",
            "epsilon-lower: Steinke, Nasr and Jagielski 2023; epsilon-lower-gaussian holds for claims of Gaussian trade-off "
                + "(Mahloujifar, Melis and Chaudhuri 2025)",
        ]
    }

    /// The signal of the black box: the family's usual one that needs no parameters.
    private var signal: Signal? {
        guard rung == .blackBox else { return nil }
        return Signal.all(of: victim.recipe.architecture.family).last { $0.access != .whiteBox }
    }

    private func play(_ target: AuditTarget, _ context: StageContext) throws -> Play {
        let (victim, stage) = (target.victim, target.stage)
        guard let audited = victim.audited else {
            preconditionFailure("an audit of '\(victim.spec.id)' without canaries")
        }
        let model = try context.model(from: stage)
        let meter = QueryMeter()
        let random = victim.random["attack"][Self.id(rung)]
        let knowledge = Knowledge(candidates: audited.canaries, population: victim.split.population)
        func attack<A: Attack>(_ attack: A) throws -> A.Evidence {
            let sealed = Victim(model, history: try context.history(of: victim, final: model, from: stage))
            return try attack.run(
                against: A.VictimAccess(to: sealed, meter: meter), knowing: knowledge, random: random)
        }
        let clip = victim.spec.privacy?.clip
        let scores: MembershipScores
        var included = audited.included
        switch rung {
        case .blackBox:
            guard let entry = AttackCatalogue.entry(LossThreshold.card.id) else { preconditionFailure("no loss") }
            scores = try MembershipPlayer(entry: entry, settings: AttackSettings([:]), signal: signal)
                .scores(against: model, meter: meter, knowing: knowledge, random: random)
        case .whiteBox: scores = try attack(FinalModelAlignment(clip: clip))
        case .checkpoints: scores = try attack(CheckpointAlignment(clip: clip))
        case .gradientCanary:
            scores = try attack(ReleaseAlignment())
            included = try context.read(AuditTrace.self, VictimStage.trace, from: stage).gradientCanaries
        }
        return Play(scores: scores, included: included, queries: meter.queries)
    }
}

extension Plan {
    /// Of a model that saw no canary an audit must show nothing; what it shows of others is held against their claims by
    /// ``EpsilonGate``.
    func auditRelations(_ rows: [Finding]) -> [RelationFinding] {
        rows.filter(\.isControl).compactMap { row in
            guard let lower = row.measures.first(where: { $0.name == "epsilon-lower@0.999" })?.value else { return nil }
            return RelationFinding(
                statement: "\(row.id): of the untrained control the audit shows nothing", isGate: true,
                outcome: lower <= 0 ? .held : .violated, detail: String(format: "ε ≥ %.4g at 99.9 %%", lower))
        }
    }
}
