public import ThreatModel

/// Subtracts what models that never saw the record say of it, so that easy records do not pass for members.
///
/// - Source: Watson, Guo, Cormode and Sablayrolles, ICLR 2022; for language models Carlini et al., USENIX Security 2021.
public struct DifficultyCalibration: SignalScorer {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "difficulty-calibration",
        summary: "The victim's signal minus the mean of models that never saw the record.",
        paper: "Watson et al., ICLR 2022",
        families: ["autoencoder", "variational-autoencoder", "gan", "transformer", "classifier"],
        access: "scores", knowledge: "candidates, shadow pool", queries: "1 per candidate", queriesPerCandidate: 1,
        trainings: "a shadow pool",
        deviations: "the references are the shadows that did not train on the record, so they differ by record")

    /// The signal as it is.
    public static let scale = SignalScale.natural
    /// The pool.
    public var needs: SignalNeeds { .shadows }

    /// Creates the attack.
    public init() {}
    /// Creates the attack, which has no settings.
    public init(_ settings: inout AttackSettings) {}

    /// Returns s_target − mean of s over the shadows that are OUT, per record.
    ///
    /// - Throws: ``ThreatModelError`` when the arrays do not fit or a record has no OUT shadow.
    /// - Complexity: O(S·C).
    public func scores(_ table: SignalTable) throws(ThreatModelError) -> [Double] {
        let shadows = try table.requiredShadows(Self.card.id)
        var scores: [Double] = []
        for (record, value) in table.target.enumerated() {
            let out = try shadows.outValues(of: record)
            scores.append(value - out.reduce(0, +) / Double(out.count))
        }
        return scores
    }
}
