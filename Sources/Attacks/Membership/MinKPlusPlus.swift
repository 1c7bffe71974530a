import Models
public import Tensors
public import ThreatModel

/// Looks at the tokens of a text that stand out least from what the victim would have said there.
///
/// Each log-probability is standardised by mean and deviation of the log-probabilities of all tokens under the victim's
/// own distribution, so a token that is unlikely only because the text is open at that place does not count against it.
///
/// - Source: Zhang et al., "Min-K%++: Improved Baseline for Detecting Pre-Training Data from Large Language Models",
///   ICLR 2025.
/// - Deviation: deviations below 10⁻⁵ nats count as that, where the paper divides by zero.
public struct MinKPlusPlus: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "min-k-plus-plus",
        summary: "The mean standardised log-probability of the tokens that stand out least.",
        paper: "Zhang et al., ICLR 2025", families: ["transformer"], access: "scores", queries: "1 per candidate",
        queriesPerCandidate: 1, deviations: "deviations below 1e-5 nats count as that")

    /// The share of the tokens that count.
    public var fraction: Double

    /// Creates the attack.
    public init(fraction: Double = 0.2) {
        precondition(fraction >= 0 && fraction <= 1, "a fraction of \(fraction)")
        self.fraction = fraction
    }
    /// Creates the attack with `fraction`, a fifth by default.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        fraction = try settings.number("fraction", in: 0...1, default: 0.2)
    }

    /// Returns the mean of the ⌊fraction·T⌋ smallest of each record's T standardised log-probabilities
    /// (ln p − µ)/σ, at least of one.
    ///
    /// - Parameters:
    ///   - logProbabilities: ln p of the tokens, [records][T].
    ///   - means: µ, the mean of ln p over the victim's distribution, [records][T].
    ///   - variances: σ², its variance, [records][T].
    ///   - fraction: the share of the tokens that count.
    /// - Returns: the scores, [C].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when the arrays do not belong together or a record has no token.
    /// - Complexity: O(C·T log T).
    public static func scores(
        logProbabilities: [[Double]], means: [[Double]], variances: [[Double]], fraction: Double
    ) throws(ThreatModelError) -> [Double] {
        let lengths = logProbabilities.map(\.count)
        guard means.map(\.count) == lengths, variances.map(\.count) == lengths else {
            throw .mismatch("log-probabilities, means and variances must be of the same tokens")
        }
        let standardised = logProbabilities.indices.map { record in
            zip(logProbabilities[record], zip(means[record], variances[record])).map { logarithm, moments in
                // Where the victim is certain, or indifferent, numerator and denominator are both rounding errors.
                (logarithm - moments.0) / max(moments.1, 1e-10).squareRoot()
            }
        }
        return try MinK.scores(logProbabilities: standardised, fraction: fraction)
    }

    /// Plays against the victim.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let found = try victim.tokenScores(knowledge.candidates)
        func rows(_ tensor: Tensor) -> [[Double]] { (0..<tensor.rows).map { tensor.row($0).map(Double.init) } }
        return MembershipScores(
            try Self.scores(
                logProbabilities: rows(found.logProbabilities), means: rows(found.means),
                variances: rows(found.variances), fraction: fraction))
    }
}
