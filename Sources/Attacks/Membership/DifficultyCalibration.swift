public import Tensors
public import ThreatModel

/// Subtracts what models that never saw the record say of it, so that easy records do not pass for members.
///
/// - Source: Watson, Guo, Cormode and Sablayrolles, ICLR 2022; for language models Carlini et al., USENIX Security 2021.
public struct DifficultyCalibration: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "difficulty-calibration",
        summary: "The victim's signal minus the mean of models that never saw the record.",
        paper: "Watson et al., ICLR 2022",
        families: ["autoencoder", "variational-autoencoder", "transformer", "classifier"],
        access: "scores", knowledge: "candidates, shadow pool", queries: "1 per candidate", queriesPerCandidate: 1,
        trainings: "a shadow pool",
        deviations: "the references are the shadows that did not train on the record, so they differ by record")

    /// What it reads.
    public var signal: Signal

    /// Creates the attack on a signal.
    public init(signal: Signal) { self.signal = signal }

    /// Returns s_target − mean of s over the shadows that are OUT, per record.
    ///
    /// - Shapes: target [C]; scores [C].
    /// - Throws: ``ThreatModelError`` when the arrays do not fit or a record has no OUT shadow.
    public static func scores(target: [Double], shadows: ShadowView) throws(ThreatModelError) -> [Double] {
        try shadows.check(target)
        var scores: [Double] = []
        for (record, value) in target.enumerated() {
            let out = try shadows.outValues(of: record)
            scores.append(value - out.reduce(0, +) / Double(out.count))
        }
        return scores
    }

    /// Plays against the victim.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let (target, shadows) = try victim.values(signal, knowing: knowledge, for: Self.card.id)
        return MembershipScores(try Self.scores(target: target, shadows: shadows))
    }
}
