public import Tensors
public import ThreatModel

/// Ranks the victim's signal on a record among those of models that never saw it.
///
/// - Source: Ye, Maddi, Murakonda, Bindschaedler and Shokri, CCS 2022.
/// - Deviation: the plain share, without smoothing: with S shadows it takes about S/2 + 1 values, and ties abound.
public struct AttackR: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "attack-r", summary: "The share of models that never saw the record and do worse on it.",
        paper: "Ye et al., CCS 2022",
        families: ["autoencoder", "variational-autoencoder", "transformer", "classifier"],
        access: "scores", knowledge: "candidates, shadow pool", queries: "1 per candidate", queriesPerCandidate: 1,
        trainings: "a shadow pool", deviations: "no smoothing between the references' values")

    /// What it reads.
    public var signal: Signal

    /// Creates the attack on a signal.
    public init(signal: Signal) { self.signal = signal }

    /// Returns the share of a record's OUT signals that lie strictly below the target's.
    ///
    /// - Shapes: target [C], shadows [S, C]; scores [C] in [0, 1], oriented: higher means member.
    /// - Throws: ``ThreatModelError`` when the arrays do not fit or a record has no OUT shadow.
    public static func scores(target: [Double], shadows: ShadowView) throws(ThreatModelError) -> [Double] {
        try shadows.check(target)
        var scores: [Double] = []
        for (record, value) in target.enumerated() {
            let out = try shadows.outValues(of: record)
            scores.append(Double(out.count(where: { $0 < value })) / Double(out.count))
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
