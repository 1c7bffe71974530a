public import Tensors
public import ThreatModel

/// The rung of an adversary who chooses a record's gradient and sees what every step releases.
///
/// Of a Gaussian mechanism whose inclusion is known this inner product is the best test there is; with sampled canaries
/// it is nearly that when the noise is no smaller than the clipping norm.
/// - Source: Nasr et al., S&P 2021; Steinke, Nasr and Jagielski, NeurIPS 2023.
public struct ReleaseAlignment: Attack {
    /// What it asks and costs.
    public static let card = AttackCard(
        id: "release-alignment",
        summary: "The sum over all steps of what is released along a gradient that the adversary chose.",
        paper: "Nasr et al., S&P 2021",
        families: ["classifier", "autoencoder", "variational-autoencoder", "gan", "transformer"],
        access: "every step's release", knowledge: "the canaries' gradients", queries: "1 per canary",
        queriesPerCandidate: 1)

    /// Creates the attack.
    public init() {}

    /// Plays against the victim.
    public func run(against victim: ReleasedSteps, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        MembershipScores(try victim.alignments())
    }
}
