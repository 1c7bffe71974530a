/// The positive predictive value of an attack: of the records that it calls members, the share that are.
///
/// A ROC does not depend on how many candidates are members; what an accusation is worth does.
public struct PredictiveValue: Codable, Sendable, Equatable {
    /// The share of members among the candidates that the adversary meets, in (0, 1).
    public var prior: Double
    /// The predictive value with its interval.
    public var value: Estimate

    /// Creates a predictive value.
    public init(prior: Double, value: Estimate) {
        self.prior = prior
        self.value = value
    }

    /// Returns π·TPR / (π·TPR + (1 − π)·FPR).
    ///
    /// - Precondition: the rates in [0, 1], not both 0; `prior` in (0, 1).
    public static func of(truePositiveRate: Double, falsePositiveRate: Double, prior: Double) -> Double {
        precondition(prior > 0 && prior < 1, "predictive value: prior \(prior) outside (0, 1)")
        precondition(truePositiveRate > 0 || falsePositiveRate > 0, "predictive value: nothing is flagged")
        let found = prior * truePositiveRate
        return found / (found + (1 - prior) * falsePositiveRate)
    }
}

extension ROC {
    /// Returns the positive predictive value at an operating point; `nil` when nothing is flagged or the number of
    /// non-members does not resolve the rate.
    ///
    /// The interval comes from Clopper and Pearson's limits of both rates, each at confidence (1 + `confidence`)/2, so
    /// that both hold together at least as often as `confidence` says. With no false positive the value is 1, and its
    /// lower limit tells how much that means.
    ///
    /// - Precondition: `target` in [0, 1], `prior` and `confidence` in (0, 1).
    /// - Complexity: O(n)
    public func positivePredictiveValue(
        atFalsePositiveRate target: Double, prior: Double, confidence: Double
    ) -> PredictiveValue? {
        let flagged = flagged(atFalsePositiveRate: target)
        guard flagged.members + flagged.nonMembers > 0,
            Resolution(of: target, nonMembers: nonMembers) != .notResolvable
        else { return nil }
        let each = (1 + confidence) / 2
        let hits = Interval.clopperPearson(successes: flagged.members, trials: members, confidence: each)
        let alarms = Interval.clopperPearson(successes: flagged.nonMembers, trials: nonMembers, confidence: each)
        func value(_ hitRate: Double, _ alarmRate: Double) -> Double {
            PredictiveValue.of(truePositiveRate: hitRate, falsePositiveRate: alarmRate, prior: prior)
        }
        let estimate = value(
            Double(flagged.members) / Double(members), Double(flagged.nonMembers) / Double(nonMembers))
        return PredictiveValue(
            prior: prior,
            value: Estimate(
                estimate,
                Interval(
                    lower: value(hits.lower, alarms.upper), upper: value(hits.upper, alarms.lower),
                    confidence: confidence)))
    }
}
