public import Models
public import Tensors
public import ThreatModel

/// Measures how much likelier planted secrets are than the secrets that might have stood in their place.
///
/// - Source: Carlini, Liu, Erlingsson, Kos and Song, "The secret sharer", USENIX Security 2019.
public struct CanaryExposure: Attack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "canary-exposure", summary: "The rank of planted secrets among random ones of the same format, in bits.",
        paper: "Carlini et al., USENIX Security 2019", families: ["transformer"], access: "scores",
        knowledge: "the canaries and their format", queries: "1 per canary and alternative",
        deviations: "the rank is estimated from sampled alternatives, so it ends at log2 of their number plus one")

    /// The canaries, as windows of one length.
    public var canaries: Records
    /// Secrets of the same format that were not planted.
    public var alternatives: Records

    /// Creates the attack.
    public init(canaries: Records, alternatives: Records) {
        (self.canaries, self.alternatives) = (canaries, alternatives)
    }

    /// Returns the losses of all of them.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws -> CanaryLosses {
        CanaryLosses(
            canaries: try victim.values(.tokenLoss, of: canaries),
            alternatives: try victim.values(.tokenLoss, of: alternatives))
    }
}
