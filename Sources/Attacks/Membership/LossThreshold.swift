public import ThreatModel

/// Calls a record a member when its loss is low.
///
/// - Source: Yeom, Giacomelli, Fredrikson and Jha, CSF 2018.
public struct LossThreshold: SignalScorer {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "loss-threshold", summary: "Calls a record a member when the victim's loss on it is low.",
        paper: "Yeom et al., CSF 2018",
        families: ["autoencoder", "variational-autoencoder", "gan", "transformer", "classifier"],
        access: "scores", queries: "1 per candidate", queriesPerCandidate: 1,
        deviations: "any signal takes the place of the loss; the threshold is left to the ROC")

    /// The signal as it is.
    public static let scale = SignalScale.natural
    /// Nothing else.
    public var needs: SignalNeeds { [] }

    /// Creates the attack.
    public init() {}
    /// Creates the attack, which has no settings.
    public init(_ settings: inout AttackSettings) {}

    /// Returns the target's signal.
    public func scores(_ table: SignalTable) -> [Double] { table.target }
}
