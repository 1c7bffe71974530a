import RealModule
import Statistics

/// Returns the smallest ε that (ε, δ)-differential privacy needs to allow the rates of a test, with a confidence.
///
/// Half of the error probability goes to a lower limit of the true-positive rate and half to an upper limit of the
/// false-positive rate, both exact. Both inequalities, TPR ≤ e^ε·FPR + δ and 1 − FPR ≤ e^ε·(1 − TPR) + δ, read the same
/// two limits, so the better one is free. Nothing is assumed of the mechanism; a perfect test of n trials on each side
/// still proves no more than about ln(n/3.7) at 95 %.
///
/// - Parameters:
///   - counts: of independent trials, at a threshold that was chosen without them.
///   - delta: in [0, 1).
///   - confidence: in (0, 1); the bound exceeds the true ε with probability at most 1 − `confidence`.
/// - Returns: The bound, at least 0.
/// - Throws: ``AccountingError`` for impossible counts, delta or confidence.
/// - Source: Kairouz, Oh and Viswanath 2015; the limits as in Jagielski, Ullman and Oprea 2020,
///   <https://arxiv.org/abs/2006.07709>.
public func clopperPearsonEpsilon(
    _ counts: BinaryCounts, delta: Double, confidence: Double
) throws(AccountingError) -> Double {
    try AccountingError.checkDeltaOrZero(delta)
    let limits = try RateLimits(counts, confidence: confidence)
    return ImpliedEpsilon.bound(
        truePositiveRate: limits.truePositiveRate, falsePositiveRate: limits.falsePositiveRate, delta: delta)
}

/// Limits of both rates that hold together with a confidence: at least this many hits, at most this many alarms.
struct RateLimits {
    let truePositiveRate: Double
    let falsePositiveRate: Double
    /// The largest rate of misses, 1 − `truePositiveRate`, accurate where that is near 1.
    let falseNegativeRate: Double

    init(_ counts: BinaryCounts, confidence: Double) throws(AccountingError) {
        try counts.check()
        try AccountingError.checkConfidence(confidence)
        // The two-sided interval of this confidence leaves half of the error probability at each end.
        func limits(_ successes: Int, _ trials: Int) -> Interval {
            .clopperPearson(successes: successes, trials: trials, confidence: confidence)
        }
        truePositiveRate = limits(counts.truePositives, counts.positives).lower
        falsePositiveRate = limits(counts.falsePositives, counts.negatives).upper
        falseNegativeRate = limits(counts.positives - counts.truePositives, counts.positives).upper
    }
}
