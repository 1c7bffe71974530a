import RealModule

/// An estimate over clusters, such as target models, with the standard error of leaving out one cluster at a time.
public struct ClusteredEstimate: Codable, Sendable, Equatable {
    /// The value with its interval.
    public var estimate: Estimate
    /// The jackknife's standard error of the value.
    public var standardError: Double

    /// Creates an estimate.
    public init(_ estimate: Estimate, standardError: Double) {
        self.estimate = estimate
        self.standardError = standardError
    }

    /// Builds Student's interval, with one degree of freedom less than clusters, on the logit scale of a share.
    ///
    /// A share of 0 or 1, or one that is the same whatever cluster is left out, has no standard error there. It gets Clopper
    /// and Pearson's interval for `trials`, the independent trials of a single cluster: as if all clusters were copies of
    /// one.
    ///
    /// - Precondition: at least two `leavingOut`; `value` in [0, 1].
    init(share value: Double, leavingOut: [Double], trials: Double, confidence: Double) {
        let count = Double(leavingOut.count)
        let moments = Moments(of: leavingOut)
        let error = ((count - 1) * moments.populationVariance).squareRoot()
        standardError = error
        // Values that differ in their last bit only must count as equal.
        guard value > 0, value < 1, error > 1e-12 else {
            estimate = Estimate(
                value, .exactRate(successes: value * trials, trials: trials, confidence: confidence))
            return
        }
        let logit = Double.log(value) - Double.log(onePlus: -value)
        let quantile = studentQuantile(twoSided: 1 - confidence, degreesOfFreedom: count - 1)
        let halfWidth = quantile * error / (value * (1 - value))
        func logistic(_ x: Double) -> Double { 1 / (1 + Double.exp(-x)) }
        estimate = Estimate(
            value,
            Interval(
                lower: logistic(logit - halfWidth), upper: logistic(logit + halfWidth), confidence: confidence))
    }
}

/// An operating point of pooled clusters.
public struct ClusteredOperatingPoint: Codable, Sendable, Equatable {
    /// The point; its interval is the jackknife's, its resolution that of the pooled non-members.
    public var point: OperatingPoint
    /// The jackknife's standard error of the true-positive rate.
    public var standardError: Double

    /// Creates an operating point.
    public init(_ point: OperatingPoint, standardError: Double) {
        self.point = point
        self.standardError = standardError
    }
}
