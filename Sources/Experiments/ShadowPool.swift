import Attacks
import Models
import Tensors
import ThreatModel

/// The artefacts of a victim's shadows: their signals, their answers, and which of them saw what.
struct ShadowPool {
    private let membership: [[Bool]]
    private let signals: [[Double]]
    private let population: [[Double]]
    private let probabilities: [Tensor]?

    /// Reads one signal of every shadow; without a signal only what they answer.
    init(_ stages: [String], signal: Signal?, _ context: StageContext) throws {
        let files = try stages.map { try context.tensors("signals.safetensors", from: $0) }
        membership = try files.map { try $0.array("membership").doubles.map { $0 == 1 } }
        signals = try signal.map { signal in try files.map { try $0.array(signal.rawValue).doubles } } ?? []
        population =
            try signal.map { signal in try files.map { try $0.array("population/\(signal.rawValue)").doubles } } ?? []
        probabilities =
            files.allSatisfy { $0.arrays["answers"] != nil } ? try files.map { try $0.array("answers").tensor } : nil
    }

    /// How many shadows there are.
    var count: Int { membership.count }

    /// The signals on some candidates; `nil` when none was read.
    func view(_ asked: [Int]) throws -> ShadowView? {
        guard !signals.isEmpty else { return nil }
        return try ShadowView(
            signals: signals.map { row in asked.map { row[$0] } },
            membership: membership.map { row in asked.map { row[$0] } }, population: population)
    }

    /// The answers on some candidates; `nil` of families that answer with no distribution.
    func answers(_ asked: [Int]) throws -> ShadowAnswers? {
        try probabilities.map { all in
            try ShadowAnswers(
                probabilities: all.map { $0.gatherRows(asked) },
                membership: membership.map { row in asked.map { row[$0] } })
        }
    }

    /// A shadow as a target: its own signals and secret, and the view of all others, beginning after it.
    func target(_ index: Int) throws -> (signal: [Double], population: [Double], secret: [Bool], others: ShadowView) {
        let others = (1..<count).map { (index + $0) % count }
        let view = try ShadowView(
            signals: others.map { signals[$0] }, membership: others.map { membership[$0] },
            population: others.map { population[$0] })
        return (signals[index], population[index], membership[index], view)
    }
}

extension ShadowView {
    /// The view of an adversary with as many references as the attack says.
    func limited(_ attack: AttackSpec) -> ShadowView {
        guard let references = attack.references else { return self }
        // As many models saw a record as did not: the bill of k OUT models buys k IN models, which offline RMIA reads to
        // estimate its slope, and the others not at all.
        return attack.readsOutModelsOnly
            ? limited(members: references, nonMembers: references)
            : limited(members: references / 2, nonMembers: references - references / 2)
    }
}

extension AttackSpec {
    /// Whether all its references are models that did not see the record.
    var readsOutModelsOnly: Bool {
        let offline = [
            OfflineLiRA.card.id, OfflineRMIA.card.id, AttackR.card.id, DifficultyCalibration.card.id,
            ReferenceRatio.card.id, ReferenceDifference.card.id,
        ]
        return offline.contains(attack) || settings.values["mode"] == .word("offline")
    }
}
