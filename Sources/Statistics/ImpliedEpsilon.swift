import RealModule

/// The smallest ε for which (ε, δ)-differential privacy could allow the rates of an attack, with a confidence.
///
/// Under (ε, δ)-differential privacy TPR ≤ e^ε·FPR + δ and 1 − FPR ≤ e^ε·(1 − TPR) + δ for every attack.
///
/// It translates a ROC into the unit of a privacy promise; it is no audit. The candidates of one model are treated as
/// independent trials, which one training does not grant, and the rates are averages over records while the promise
/// concerns the worst one: the ε of the most exposed record may be far larger.
public struct ImpliedEpsilon: Codable, Sendable, Equatable {
    /// The lower bound, at least 0; 0 says that the rates imply nothing.
    public var lowerBound: Double
    /// The δ that was granted.
    public var delta: Double
    /// The confidence of the bound, over all operating points together.
    public var confidence: Double
    /// The target false-positive rate of the operating point that gave the bound; `nil` when the bound is 0.
    public var target: Double?

    /// Creates a bound.
    public init(lowerBound: Double, delta: Double, confidence: Double, target: Double?) {
        self.lowerBound = lowerBound
        self.delta = delta
        self.confidence = confidence
        self.target = target
    }

    /// Returns the bound of two rates that are known: the larger of both inequalities, at least 0.
    ///
    /// - Precondition: the rates in [0, 1] and `delta` in [0, 1).
    /// - Source: Kairouz, Oh and Viswanath 2015.
    public static func bound(truePositiveRate: Double, falsePositiveRate: Double, delta: Double) -> Double {
        precondition(delta >= 0 && delta < 1, "implied epsilon: delta \(delta) outside [0, 1)")
        func logRatio(_ over: Double, _ under: Double) -> Double {
            over <= delta ? 0 : Double.log((over - delta) / under)
        }
        return max(
            0, logRatio(truePositiveRate, falsePositiveRate), logRatio(1 - falsePositiveRate, 1 - truePositiveRate))
    }
}

extension ROC {
    /// Returns the ε that the ROC implies at the best of some operating points.
    ///
    /// With a = 1 − `confidence` and k targets, the lower limit of the true-positive and the upper limit of the
    /// false-positive rate are Clopper and Pearson's one-sided limits at level a/(2k): Bonferroni over the points and
    /// the two rates. Both inequalities read the same two limits and so fail together, and the second costs nothing. That
    /// the thresholds are chosen on the non-members costs nothing either: the false-positive rate above the k-th highest
    /// of n non-members has the very beta distribution that the upper limit is a quantile of.
    ///
    /// - Precondition: at least one target, all in [0, 1]; `delta` in [0, 1); `confidence` in (0, 1).
    /// - Complexity: O(targets · n)
    /// - Source: Kairouz, Oh and Viswanath 2015; the limits as in Jagielski, Ullman and Oprea 2020.
    public func impliedEpsilon(
        atFalsePositiveRates targets: [Double], delta: Double, confidence: Double
    ) -> ImpliedEpsilon {
        precondition(!targets.isEmpty, "implied epsilon: no operating point")
        let each = 1 - (1 - confidence) / Double(targets.count)
        var best = ImpliedEpsilon(lowerBound: 0, delta: delta, confidence: confidence, target: nil)
        for target in targets {
            let flagged = flagged(atFalsePositiveRate: target)
            let hits = Interval.clopperPearson(successes: flagged.members, trials: members, confidence: each)
            let alarms = Interval.clopperPearson(successes: flagged.nonMembers, trials: nonMembers, confidence: each)
            let bound = ImpliedEpsilon.bound(
                truePositiveRate: hits.lower, falsePositiveRate: alarms.upper, delta: delta)
            if bound > best.lowerBound { (best.lowerBound, best.target) = (bound, target) }
        }
        return best
    }
}
