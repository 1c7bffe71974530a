public import ThreatModel

/// Divides the victim's log-likelihood of a text by that of models that never saw it.
///
/// - Source: Carlini et al., "Extracting Training Data from Large Language Models", USENIX Security 2021, which ranks
///   by the ratio of two models' log-perplexities.
/// - Deviation: the references are the shadows that did not train on the record, of the victim's own size, and their
///   mean takes the place of one other model.
public struct ReferenceRatio: SignalScorer {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "reference-ratio",
        summary: "Minus the victim's loss on a text over the mean loss of models that never saw it.",
        paper: "Carlini et al., USENIX Security 2021", families: ["transformer"], access: "scores",
        knowledge: "candidates, shadow pool", queries: "1 per candidate", queriesPerCandidate: 1,
        trainings: "a shadow pool",
        deviations: "the references are the shadows that did not train on the record, not one model of another size")

    /// The logarithm of the likelihood.
    public static let scale = SignalScale.logLikelihood
    /// The pool.
    public var needs: SignalNeeds { .shadows }

    /// Creates the attack.
    public init() {}
    /// Creates the attack, which has no settings.
    public init(_ settings: inout AttackSettings) {}

    /// Returns −LL_target / mean of LL over the shadows that are OUT, per record; both are negative, so the score is
    /// at most 0, and near 0 when the target alone is sure of the text.
    ///
    /// - Throws: ``ThreatModelError`` when the arrays do not fit, a record has no OUT shadow, or a log-likelihood is
    ///   positive: of densities the ratio means nothing.
    /// - Complexity: O(S·C).
    public func scores(_ table: SignalTable) throws(ThreatModelError) -> [Double] {
        let shadows = try table.requiredShadows(Self.card.id)
        var scores: [Double] = []
        for (record, value) in table.target.enumerated() {
            let out = try shadows.outValues(of: record)
            let reference = out.reduce(0, +) / Double(out.count)
            guard value <= 0, reference <= 0 else {
                throw .mismatch(
                    "record \(record) has log-likelihoods \(value) and \(reference); a ratio needs ones that are not "
                        + "positive, so take difficulty-calibration")
            }
            scores.append(value / max(-reference, .leastNormalMagnitude))
        }
        return scores
    }
}
