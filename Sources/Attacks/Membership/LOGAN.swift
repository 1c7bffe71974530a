public import Tensors
public import ThreatModel

/// Asks the victim's own discriminator, which learned to tell its training records from everything else.
///
/// - Source: Hayes, Melis, Danezis and De Cristofaro, PoPETs 2019, the white-box attack.
public struct LOGAN: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "logan-white-box", summary: "The logit of the victim's own discriminator.",
        paper: "Hayes et al., PoPETs 2019", families: ["gan"], access: "white box", queries: "1 per candidate",
        queriesPerCandidate: 1)

    /// Creates the attack.
    public init() {}
    /// Creates the attack, which has no settings.
    public init(_ settings: inout AttackSettings) {}

    /// Returns the discriminator's logits.
    public func run(against victim: WhiteBox, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        MembershipScores(try victim.values(.discriminatorLogit, of: knowledge.candidates))
    }
}
