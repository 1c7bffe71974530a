import RealModule

/// Shapiro and Wilk's test of the hypothesis that values come from a normal distribution.
///
/// - Source: Shapiro and Wilk 1965; coefficients and p-value by Royston 1995, algorithm AS R94, without censoring.
public struct ShapiroWilk: Sendable, Equatable {
    /// The sizes that Royston's fit covers.
    public static let sizes = 3...5000

    /// The statistic W in (0, 1]: the squared correlation of the ordered values with normal scores, nearly.
    public let statistic: Double
    /// The probability of a smaller W under normality; small means "not normal".
    public let pValue: Double

    /// Tests a sample.
    ///
    /// - Throws: ``StatisticsError`` for fewer than 3 or more than 5000 values, for a value that is not finite, and when
    ///   all values are equal.
    /// - Complexity: O(n log n)
    public init(_ values: [Double]) throws(StatisticsError) {
        guard values.count >= Self.sizes.lowerBound else { throw .tooFew(needed: 3, found: values.count) }
        guard values.count <= Self.sizes.upperBound else { throw .tooMany(allowed: 5000, found: values.count) }
        if let index = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(index: index) }
        let sorted = values.sorted()
        // Dividing by the range keeps the squares of very large and very small values finite.
        let range = sorted[sorted.count - 1] - sorted[0]
        guard range > 0 else { throw .constant }
        let deficit = Self.deficit(sorted.map { ($0 - sorted[0]) / range })
        statistic = 1 - deficit
        pValue = Self.pValue(deficit: deficit, count: sorted.count)
    }

    /// The weights of the largest values, from the largest inwards; the smallest have them with the opposite sign.
    static func coefficients(_ count: Int) -> [Double] {
        guard count > 3 else { return [Double(0.5).squareRoot()] }
        let n = Double(count)
        let scores = (1...count / 2).map { normalQuantile((n + 1 - Double($0) - 0.375) / (n + 0.25)) }
        let squares = 2 * scores.reduce(0) { $0 + $1 * $1 }
        let inverseRoot = 1 / n.squareRoot()
        let corrections = [largestCorrection, secondCorrection].prefix(count > 5 ? 2 : 1)
        let outer = zip(corrections, scores).map { polynomial($0, inverseRoot) + $1 / squares.squareRoot() }
        // The weights of the inner scores are proportional to them, and the squares of all weights sum to one.
        let innerSquares = squares - 2 * scores.prefix(outer.count).reduce(0) { $0 + $1 * $1 }
        let rest = 1 - 2 * outer.reduce(0) { $0 + $1 * $1 }
        let scale = (rest / innerSquares).squareRoot()
        return outer + scores.dropFirst(outer.count).map { $0 * scale }
    }

    /// 1 − W of sorted values, as a product, since W itself is near one for normal values.
    private static func deficit(_ sorted: [Double]) -> Double {
        let weights = coefficients(sorted.count)
        let mean = Moments(of: sorted).mean
        let squares = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let norm = 2 * weights.reduce(0) { $0 + $1 * $1 }
        let contrast = weights.enumerated().reduce(0) { sum, weight in
            sum + weight.element * (sorted[sorted.count - 1 - weight.offset] - sorted[weight.offset])
        }
        let (long, short) = ((squares * norm).squareRoot(), contrast)
        return max(0, (long - short) * (long + short) / (squares * norm))
    }

    private static func pValue(deficit: Double, count: Int) -> Double {
        guard count > 3 else {
            // The exact distribution of three values, for which W is at least 3/4.
            let root = max(1 - deficit, 0.75).squareRoot()
            return max(0, 6 / .pi * (Double.asin(root) - Double.asin(0.75.squareRoot())))
        }
        let (n, logarithm) = (Double(count), Double.log(deficit))
        if count <= 11 {
            let ceiling = polynomial(smallCeiling, n)
            guard logarithm < ceiling else { return 0 }
            return upperTail(
                -Double.log(ceiling - logarithm), polynomial(smallMean, n), Double.exp(polynomial(smallDeviation, n)))
        }
        let size = Double.log(n)
        return upperTail(logarithm, polynomial(largeMean, size), Double.exp(polynomial(largeDeviation, size)))
    }

    private static func upperTail(_ value: Double, _ mean: Double, _ deviation: Double) -> Double {
        normalCDF((mean - value) / deviation)
    }
}

// Royston's fits: of the two largest weights in 1/√n, and of the moments of the transformed 1 − W in n or ln n.
private let largestCorrection = [0, 0.221157, -0.147981, -2.07119, 4.434685, -2.706056]
private let secondCorrection = [0, 0.042981, -0.293762, -1.752461, 5.682633, -3.582633]
private let smallCeiling = [-2.273, 0.459]
private let smallMean = [0.544, -0.39978, 0.025054, -6.714e-4]
private let smallDeviation = [1.3822, -0.77857, 0.062767, -0.0020322]
private let largeMean = [-1.5861, -0.31082, -0.083751, 0.0038915]
private let largeDeviation = [-0.4803, -0.082676, 0.0030302]
