public import ThreatModel

/// The Bayes-optimal score under the simplest model of training: the victim's log-likelihood above that of the pool.
///
/// - Source: Lassila, Östman and Ngo, NeurIPS 2025; it is RMIA with a population without end.
public struct BASE: SignalScorer {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "base", summary: "The victim's log-likelihood minus the logarithm of the pool's mean likelihood.",
        paper: "Lassila et al., NeurIPS 2025", families: LiRA.card.families, access: "scores",
        knowledge: "candidates, shadow pool", queries: "1 per candidate", queriesPerCandidate: 1,
        trainings: "a shadow pool",
        deviations:
            "offline the OUT models alone are averaged; the paper's factor a on the threshold is left to the ROC")
    /// The mean is of likelihoods.
    public static let scale = SignalScale.logLikelihood
    /// The pool.
    public var needs: SignalNeeds { .shadows }

    /// Which models are averaged.
    public enum Mode: String, Codable, Sendable, CaseIterable {
        /// All of them.
        case online
        /// Those that did not train on the record.
        case offline
    }
    /// Which models are averaged.
    public var mode: Mode

    /// Creates the attack.
    public init(mode: Mode = .online) { self.mode = mode }
    /// Creates the attack with `mode`: online or offline.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        mode = try settings.choice("mode", default: Mode.online)
    }

    /// Returns ln p(x|θ) − ln Σ_j p(x|θ_j) + ln J, per record.
    ///
    /// - Throws: ``ThreatModelError`` when the arrays do not fit or a record has no model that is averaged.
    /// - Complexity: O(S·C).
    public func scores(_ table: SignalTable) throws(ThreatModelError) -> [Double] {
        let shadows = try table.requiredShadows(Self.card.id)
        var scores: [Double] = []
        for (record, value) in table.target.enumerated() {
            var models = mode == .online ? shadows.values(of: record, whenMember: true) : []
            models +=
                mode == .online ? shadows.values(of: record, whenMember: false) : try shadows.outValues(of: record)
            scores.append(value - logMeanExponential(models))
        }
        return scores
    }
}
