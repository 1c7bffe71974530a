public import Statistics
public import Tensors

/// Linear centred kernel alignment: how alike two representations of the same records are, up to rotation and scale.
///
/// - Source: Kornblith, Norouzi, Lee and Hinton, "Similarity of neural network representations revisited", ICML 2019.
public struct LinearCKA: Codable, Sendable, Equatable {
    /// ‖YᵀX‖²/(‖XᵀX‖·‖YᵀY‖) of centred features, in [0, 1]; 1 for features that an orthogonal map and a scale relate.
    ///
    /// It is biased upwards: independent features of a and b numbers have about √(a·b)/n, so that few records of wide
    /// codes look alike. ``debiased`` is not.
    public var value: Double
    /// The same from unbiased estimates of the three terms, near 0 for independent features at any n, where it may be
    /// negative; `nil` where one of the terms in the denominator is not above 0.
    ///
    /// - Source: Song, Smola, Gretton, Bedo and Borgwardt 2012, for the estimate.
    public var debiased: Double?

    /// Compares two representations of the same records.
    ///
    /// - Shapes: x [n, a], y [n, b], n at least 4.
    /// - Throws: ``StatisticsError`` for other numbers of rows, fewer than four of them, a number that is not finite,
    ///   and features that do not vary.
    /// - Complexity: O(n·(a + b)²).
    public init(_ x: Tensor, _ y: Tensor) throws(StatisticsError) {
        guard x.rows == y.rows else { throw .countsDiffer(scores: x.rows, labels: y.rows) }
        guard x.rows >= 4 else { throw .tooFew(needed: 4, found: x.rows) }
        let (first, second) = (try CentredFeatures(x), try CentredFeatures(y))
        let norms = first.squaredProduct(first) * second.squaredProduct(second)
        guard norms > 0 else { throw .constant }
        value = first.squaredProduct(second) / norms.squareRoot()
        let (own, other) = (first.unbiasedProduct(first), second.unbiasedProduct(second))
        debiased = own > 0 && other > 0 ? first.unbiasedProduct(second) / (own * other).squareRoot() : nil
    }
}

/// Features about their mean, in double precision.
private struct CentredFeatures {
    let count: Int
    /// Each feature's numbers.
    let features: [[Double]]
    /// The squared length of each record's features.
    let squares: [Double]

    init(_ x: Tensor) throws(StatisticsError) {
        let values = x.values
        if let index = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(index: index) }
        let (n, width) = (x.rows, x.columns)
        let mean = SymmetricMatrix.mean(of: x)
        let features = (0..<width).map { column in
            (0..<n).map { Double(values[$0 * width + column]) - mean[column] }
        }
        (count, self.features) = (n, features)
        squares = (0..<n).map { row in features.reduce(0) { $0 + $1[row] * $1[row] } }
    }

    /// ‖YᵀX‖², which is the inner product of the two Gram matrices.
    func squaredProduct(_ other: CentredFeatures) -> Double {
        var total = 0.0
        for a in features {
            for b in other.features {
                let product = zip(a, b).reduce(0.0) { $0 + $1.0 * $1.1 }
                total += product * product
            }
        }
        return total
    }

    /// The unbiased estimate of the same, up to a factor that only n decides.
    ///
    /// Gram matrices K and L without their diagonals enter it as tr(KL) + ΣK·ΣL/((n−1)(n−2)) − 2·Σ(KL)/(n−2). The rows
    /// of a centred Gram matrix add up to 0, so without the diagonal they add up to minus its element there.
    func unbiasedProduct(_ other: CentredFeatures) -> Double {
        let n = Double(count)
        let diagonals = zip(squares, other.squares).reduce(0.0) { $0 + $1.0 * $1.1 }
        let sums = squares.reduce(0, +) * other.squares.reduce(0, +)
        return squaredProduct(other) - diagonals + sums / ((n - 1) * (n - 2)) - 2 * diagonals / (n - 2)
    }
}
