import RealModule

/// A normal distribution on the line.
public struct Gaussian: Codable, Sendable, Equatable {
    /// The mean.
    public var mean: Double
    /// The standard deviation, positive.
    public var standardDeviation: Double

    /// Creates a distribution.
    ///
    /// - Precondition: `standardDeviation` > 0.
    public init(mean: Double, standardDeviation: Double) {
        precondition(standardDeviation > 0, "Gaussian: standard deviation \(standardDeviation)")
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    /// Fits the maximum-likelihood normal distribution, whose variance divides by n.
    ///
    /// The standard deviation is never smaller than `floor`, in the unit of the values, so that a constant sample
    /// has a density.
    ///
    /// - Precondition: `values` is not empty and `floor` > 0.
    /// - Complexity: O(n)
    public init(fitting values: [Double], floor: Double = 1e-12) {
        let moments = Moments(of: values)
        self.init(mean: moments.mean, standardDeviation: max(moments.populationStandardDeviation, floor))
    }

    /// Returns how many standard deviations `x` lies above the mean.
    public func standardized(_ x: Double) -> Double { (x - mean) / standardDeviation }

    /// Returns the logarithm of the density at `x`, in nats.
    public func logDensity(at x: Double) -> Double {
        logNormalDensity(standardized(x)) - Double.log(standardDeviation)
    }

    /// Returns Pr[X ≤ x].
    public func probability(atMost x: Double) -> Double { normalCDF(standardized(x)) }

    /// Returns ln Pr[X ≤ x], which keeps its order where the probability itself has become 0 or 1.
    public func logProbability(atMost x: Double) -> Double { logNormalCDF(standardized(x)) }
}
