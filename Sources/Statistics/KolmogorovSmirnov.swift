import RealModule

/// Kolmogorov and Smirnov's test of the hypothesis that values come from a distribution that is known completely.
///
/// - Source: Kolmogorov 1933; the correction of the limit law for finite samples by Stephens 1970.
public struct KolmogorovSmirnov: Sendable, Equatable {
    /// The largest distance between the empirical and the stated distribution function, in [0, 1].
    public let statistic: Double
    /// The probability of a larger distance under the stated distribution; small means "another distribution".
    public let pValue: Double

    /// Tests a sample against a continuous distribution.
    ///
    /// - Parameters:
    ///   - values: the sample.
    ///   - distribution: the distribution function Pr[X ≤ x].
    /// - Throws: ``StatisticsError`` for fewer than 5 values and for a value that is not finite.
    /// - Complexity: O(n log n)
    /// - Deviation: the p-value is the limit law at (√n + 0.12 + 0.11/√n)·D instead of the exact law; it is off by a few
    ///   per cent for five values, and by less for more.
    public init(_ values: [Double], against distribution: (Double) -> Double) throws(StatisticsError) {
        guard values.count >= 5 else { throw .tooFew(needed: 5, found: values.count) }
        if let index = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(index: index) }
        let count = Double(values.count)
        var worst = 0.0
        for (rank, value) in values.sorted().enumerated() {
            let expected = distribution(value)
            worst = max(worst, expected - Double(rank) / count, Double(rank + 1) / count - expected)
        }
        let root = count.squareRoot()
        statistic = worst
        pValue = Self.upperTail((root + 0.12 + 0.11 / root) * worst)
    }

    /// The limit law's Pr[√n·D ≥ x]: an alternating series, or its theta transform where that converges faster.
    static func upperTail(_ x: Double) -> Double {
        if x <= 0.2 { return 1 }
        if x < 1 {
            let squares = Double.pi * Double.pi / (8 * x * x)
            let sum = (1...20).reduce(0.0) { sum, k in
                let odd = Double(2 * k - 1)
                return sum + Double.exp(-odd * odd * squares)
            }
            return 1 - (2 * Double.pi).squareRoot() / x * sum
        }
        let sum = (1...20).reduce(0.0) { sum, k in
            sum + (k.isMultiple(of: 2) ? -1 : 1) * Double.exp(-2 * Double(k * k) * x * x)
        }
        return min(1, 2 * sum)
    }
}
