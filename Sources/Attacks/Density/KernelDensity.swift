import RealModule
public import Tensors

/// A density as the mean of Gaussians about each record, of the shape of the records' covariance.
///
/// - Source: Parzen 1962; the bandwidth is Scott's, 1992: the covariance (divided by n − 1) times n^(−2/(d+4)).
///   Trustworthy up to some ten dimensions.
public struct KernelDensity: Sendable {
    /// The records in coordinates in which the kernel is the standard normal, [n, d].
    private let centres: Tensor
    /// What takes a record to those coordinates, [d, d]; its rows are directions.
    private let whitening: Tensor
    /// ln of what the sum of kernels is divided by.
    private let logNormaliser: Double

    /// Fits the density of the rows of a matrix.
    ///
    /// Directions in which the records hardly vary get a millionth of the widest deviation, so that a density exists.
    /// - Shapes: records [n, d].
    /// - Precondition: there are two records at least.
    /// - Complexity: O(n·d² + d³).
    public init(fitting records: Tensor) {
        precondition(records.rows > 1, "a kernel density of \(records.rows) records")
        let (n, d) = (records.rows, records.columns)
        let (values, vectors) = SymmetricMatrix(covarianceOf: records).eigen()
        let bandwidth = Double.pow(Double(n), -1 / Double(d + 4))
        let least = max((values.last ?? 0) * 1e-12, 1e-30)
        let deviations = values.map { bandwidth * max($0, least).squareRoot() }
        let rows = (0..<d).flatMap { direction in
            (0..<d).map { Float(vectors[$0 * d + direction] / deviations[direction]) }
        }
        whitening = Tensor(rows, shape: [d, d])
        centres = matmul(records, whitening, transposing: .right)
        let logVolume = deviations.reduce(0) { $0 + Double.log($1) } + 0.5 * Double(d) * Double.log(2 * .pi)
        logNormaliser = Double.log(Double(n)) + logVolume
    }

    /// Returns the logarithm of the density at each row, in nats.
    ///
    /// - Shapes: points [m, d]; result [m].
    /// - Complexity: O(m·n·d), in blocks of bounded memory.
    public func logDensities(of points: Tensor) -> [Double] {
        let whitened = matmul(points, whitening, transposing: .right)
        var sums = [LogSum](repeating: LogSum(), count: points.rows)
        forEachBlock(of: centres) { part, _ in
            let distances = whitened.squaredDistances(to: part)
            for row in 0..<points.rows { sums[row].add(distances.row(row).map { -0.5 * Double($0) }) }
        }
        return sums.map { $0.value - logNormaliser }
    }
}

/// ln Σ e^x as x come in, without overflow.
private struct LogSum {
    private var largest = -Double.infinity
    private var sum = 0.0

    var value: Double { largest + Double.log(sum) }

    mutating func add(_ values: [Double]) {
        guard let peak = values.max() else { return }
        if peak > largest {
            sum = largest == -.infinity ? 0 : sum * Double.exp(largest - peak)
            largest = peak
        }
        for value in values { sum += Double.exp(value - largest) }
    }
}
