/// Mean and variance of a sample; both variances are named, because attacks in the literature mix them up.
public struct Moments: Sendable, Equatable {
    /// The number of values.
    public let count: Int
    /// The arithmetic mean.
    public let mean: Double
    /// The sum of squared deviations from the mean.
    private let squares: Double

    /// Measures a sample in two passes.
    ///
    /// - Precondition: `values` is not empty.
    /// - Complexity: O(n)
    public init(of values: [Double]) {
        precondition(!values.isEmpty, "Moments: no values")
        let mean = values.reduce(0, +) / Double(values.count)
        self.count = values.count
        self.mean = mean
        squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }

    /// The mean squared deviation, dividing by n.
    public var populationVariance: Double { squares / Double(count) }
    /// The unbiased variance, dividing by n − 1; NaN for a single value.
    public var sampleVariance: Double { squares / Double(count - 1) }
    /// The square root of ``populationVariance``.
    public var populationStandardDeviation: Double { populationVariance.squareRoot() }
    /// The square root of ``sampleVariance``.
    public var sampleStandardDeviation: Double { sampleVariance.squareRoot() }
}
