import CLAPACKE

/// A symmetric matrix in double precision: covariances and their square roots.
public struct SymmetricMatrix: Sendable {
    /// The number of rows.
    public let order: Int
    /// The elements, row-major.
    public private(set) var elements: [Double]

    /// Creates a matrix from its elements, of which the upper triangle counts.
    public init(_ elements: [Double], order: Int) {
        precondition(elements.count == order * order, "\(elements.count) elements for order \(order)")
        (self.elements, self.order) = (elements, order)
    }

    /// The covariance of the rows of a tensor about their mean, divided by rows − 1.
    ///
    /// - Shapes: x [rows, order].
    public init(covarianceOf x: Tensor) {
        let (n, d) = (x.rows, x.columns)
        let mean = SymmetricMatrix.mean(of: x)
        var sums = [Double](repeating: 0, count: d * d)
        for row in 0..<n {
            let centred = zip(x.row(row), mean).map { Double($0) - $1 }
            for i in 0..<d {
                for j in i..<d { sums[i * d + j] += centred[i] * centred[j] }
            }
        }
        for i in 0..<d {
            for j in i..<d {
                sums[i * d + j] /= Double(max(n - 1, 1))
                sums[j * d + i] = sums[i * d + j]
            }
        }
        self.init(sums, order: d)
    }

    /// The mean of the rows of a tensor.
    public static func mean(of x: Tensor) -> [Double] {
        var sums = [Double](repeating: 0, count: x.columns)
        for row in 0..<x.rows {
            for (column, value) in x.row(row).enumerated() { sums[column] += Double(value) }
        }
        return sums.map { $0 / Double(max(x.rows, 1)) }
    }

    /// The sum of the diagonal.
    public var trace: Double { (0..<order).reduce(0) { $0 + elements[$1 * order + $1] } }

    /// The eigenvalues in ascending order and the eigenvectors as columns, by LAPACK's `dsyev`.
    public func eigen() -> (values: [Double], vectors: [Double]) {
        // On one thread: what LAPACK rounds depends on their number.
        BLAS.ready
        var (vectors, values) = (elements, [Double](repeating: 0, count: order))
        let n = Int32(order)
        let status = unsafe LAPACKE_dsyev(
            LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")), n, &vectors, n, &values)
        precondition(status == 0, "dsyev failed with \(status)")
        return (values, vectors)
    }

    /// The symmetric square root; negative eigenvalues, which rounding may leave, count as zero.
    public func squareRoot() -> SymmetricMatrix {
        let (values, vectors) = eigen()
        let roots = values.map { max($0, 0).squareRoot() }
        var root = [Double](repeating: 0, count: order * order)
        for i in 0..<order {
            for j in 0..<order {
                root[i * order + j] = (0..<order).reduce(0) {
                    $0 + vectors[i * order + $1] * roots[$1] * vectors[j * order + $1]
                }
            }
        }
        return SymmetricMatrix(root, order: order)
    }

    /// Returns self·other·self, which is symmetric again.
    public func sandwiching(_ other: SymmetricMatrix) -> SymmetricMatrix {
        SymmetricMatrix(product(product(elements, other.elements), elements), order: order)
    }

    private func product(_ a: [Double], _ b: [Double]) -> [Double] {
        var c = [Double](repeating: 0, count: order * order)
        for i in 0..<order {
            for k in 0..<order {
                let factor = a[i * order + k]
                for j in 0..<order { c[i * order + j] += factor * b[k * order + j] }
            }
        }
        return c
    }
}

/// Returns the squared Fréchet distance between Gaussians fitted to two sets of rows.
///
/// ‖µ₁ − µ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁^½ Σ₂ Σ₁^½)^½); Heusel et al. 2017 take it in Inception features, the caller decides.
/// - Shapes: a [n, d], b [m, d], n and m well above d.
/// - Complexity: O((n + m)·d² + d³).
public func frechetDistance(_ a: Tensor, _ b: Tensor) -> Double {
    let (first, second) = (SymmetricMatrix(covarianceOf: a), SymmetricMatrix(covarianceOf: b))
    let means = zip(SymmetricMatrix.mean(of: a), SymmetricMatrix.mean(of: b))
    let cross = first.squareRoot().sandwiching(second).squareRoot().trace
    return max(0, means.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } + first.trace + second.trace - 2 * cross)
}
