import Models
public import Tensors
public import ThreatModel

/// The rung of an adversary with the final model's parameters, who knows the initial ones.
///
/// - Source: see `GradientAlignment`.
public struct FinalModelAlignment: Attack {
    /// What it asks and costs.
    public static let card = AttackCard(
        id: "final-model-alignment",
        summary: "The move from the initial to the final model along minus the canary's clipped gradient.",
        paper: "after Nasr et al., USENIX Security 2023", families: ["classifier", "autoencoder", "transformer"],
        access: "the initial and the final model", knowledge: "canaries", queries: "2 per canary",
        queriesPerCandidate: 2)

    /// The norm to which gradients are clipped; `nil` for gradients as they are.
    public var clip: Double?

    /// Creates the attack.
    public init(clip: Double?) { self.clip = clip }

    /// Plays against the victim; the candidates are the canaries.
    public func run(against victim: InitialAndFinal, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        try victim.charge(2 * knowledge.candidates.count)
        return MembershipScores(
            GradientAlignment.scores(
                [victim.initial, victim.final], on: knowledge.candidates, clip: clip, random: random["losses"]))
    }
}
