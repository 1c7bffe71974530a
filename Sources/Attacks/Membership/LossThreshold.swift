public import Tensors
public import ThreatModel

/// Calls a record a member when its loss is low.
///
/// - Source: Yeom, Giacomelli, Fredrikson and Jha, CSF 2018.
public struct LossThreshold: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "loss-threshold", summary: "Calls a record a member when the victim's loss on it is low.",
        paper: "Yeom et al., CSF 2018",
        families: ["autoencoder", "variational-autoencoder", "transformer", "classifier"],
        access: "scores", queries: "1 per candidate", queriesPerCandidate: 1,
        deviations: "any signal takes the place of the loss; the threshold is left to the ROC")

    /// What it reads.
    public var signal: Signal

    /// Creates the attack on a signal.
    public init(signal: Signal) { self.signal = signal }

    /// Returns the signal with the sign for which higher means member.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        MembershipScores(signal.oriented(try victim.values(signal, of: knowledge.candidates)))
    }
}
