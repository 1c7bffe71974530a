import Models
public import Tensors
public import ThreatModel

/// The rung of an adversary who sees every checkpoint that a training keeps.
///
/// - Source: see `GradientAlignment`.
/// - Deviation: Nasr et al. see the model after every step; here it is some of them, and what lies between two of them
///   is read along the mean of the canary's gradients at both ends.
public struct CheckpointAlignment: Attack {
    /// What it asks and costs.
    public static let card = AttackCard(
        id: "checkpoint-alignment",
        summary: "The moves between neighbouring checkpoints along minus the canary's clipped gradients there.",
        paper: "after Nasr et al., S&P 2021", families: ["classifier", "autoencoder", "transformer"],
        access: "all checkpoints", knowledge: "canaries", queries: "1 per canary and checkpoint",
        deviations: "some checkpoints, not the model after every step")

    /// The norm to which gradients are clipped; `nil` for gradients as they are.
    public var clip: Double?

    /// Creates the attack.
    public init(clip: Double?) { self.clip = clip }

    /// Plays against the victim; the candidates are the canaries.
    public func run(against victim: Checkpoints, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        try victim.charge(victim.models.count * knowledge.candidates.count)
        return MembershipScores(
            GradientAlignment.scores(
                victim.models, on: knowledge.candidates, clip: clip, random: random["losses"]))
    }
}
