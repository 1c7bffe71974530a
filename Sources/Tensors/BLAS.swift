import COpenBLAS

/// OpenBLAS, always on one thread: Penumbra splits its work over models.
public enum BLAS {
    /// Why the linear algebra library cannot be used.
    public struct Failure: Error, CustomStringConvertible {
        /// One line: what is wrong, and the remedy.
        public let description: String
    }

    /// Set up on first use: one thread, and a self-test, since a wrong product must never pass for a result.
    private static let ready: Void = {
        openblas_set_num_threads(1)
        do {
            try verify()
        } catch {
            fatalError("\(error)")
        }
    }()

    /// The kernels that OpenBLAS chose for this processor, such as "Haswell" or "SkylakeX".
    public static var core: String { unsafe String(cString: openblas_get_corename()) }

    /// Compares a few products with the obvious loop.
    ///
    /// - Throws: `Failure` when one differs, with the remedy.
    public static func verify() throws(Failure) {
        for (m, n, k) in [(1, 1, 1), (7, 5, 3), (33, 65, 17), (128, 10, 256)] {
            let a = Tensor((0..<m * k).map { Float(($0 * 7919) % 31) / 31 - 0.5 }, shape: [m, k])
            let b = Tensor((0..<k * n).map { Float(($0 * 104729) % 29) / 29 - 0.5 }, shape: [k, n])
            var fast = Tensor(uninitialised: [m, n])
            unsafe product(false, false, m, n, k, 1, a.pointer, k, b.pointer, n, 0, fast.mutablePointer(), n)
            for (index, expected) in naiveProduct(a, b).enumerated() where abs(fast[index] - expected) > 1e-4 {
                throw Failure(
                    description: "BLAS self-test failed on a \(m)×\(k)·\(k)×\(n) product with core \(core): expected "
                        + "\(expected), found \(fast[index]); set OPENBLAS_CORETYPE=Haswell or reinstall libopenblas-dev"
                )
            }
        }
    }

    /// The product by its definition, the oracle of `gemm`.
    static func naiveProduct(_ a: Tensor, _ b: Tensor) -> [Float] {
        let (m, n, k) = (a.rows, b.columns, a.columns)
        var product = [Float](repeating: 0, count: m * n)
        for i in 0..<m {
            for j in 0..<n {
                product[i * n + j] = (0..<k).reduce(0) { $0 + a[i * k + $1] * b[$1 * n + j] }
            }
        }
        return product
    }

    /// C ← α·op(A)·op(B) + β·C on raw, row-major memory with leading dimensions.
    static func gemm(
        _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ alpha: Float,
        _ a: UnsafePointer<Float>, _ lda: Int, _ b: UnsafePointer<Float>, _ ldb: Int, _ beta: Float,
        _ c: UnsafeMutablePointer<Float>, _ ldc: Int
    ) {
        ready
        unsafe product(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
    }

    /// The routine itself, without the set-up that tests it.
    private static func product(
        _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ alpha: Float,
        _ a: UnsafePointer<Float>, _ lda: Int, _ b: UnsafePointer<Float>, _ ldb: Int, _ beta: Float,
        _ c: UnsafeMutablePointer<Float>, _ ldc: Int
    ) {
        unsafe cblas_sgemm(
            CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, Int32(m),
            Int32(n), Int32(k), alpha, a, Int32(lda), b, Int32(ldb), beta, c, Int32(ldc))
    }
}

/// Which operand of a matrix product is transposed.
public enum Transposition: Sendable {
    /// A·B
    case none
    /// Aᵀ·B
    case left
    /// A·Bᵀ
    case right
}

/// Adds a matrix product to a multiple of a matrix: C ← α·op(A)·op(B) + β·C.
///
/// - Shapes: op(A) is [m, k], op(B) is [k, n], C is [m, n], each in its matrix form [`rows`, `columns`].
/// - Complexity: O(m·n·k), one `sgemm`. With β = 0 the old content of C is not read.
public func gemm(
    _ a: Tensor, _ b: Tensor, transposing: Transposition = .none, into c: inout Tensor, alpha: Float = 1,
    beta: Float = 0
) {
    let (left, right) = (transposing == .left, transposing == .right)
    let (m, k) = left ? (a.columns, a.rows) : (a.rows, a.columns)
    let (kb, n) = right ? (b.columns, b.rows) : (b.rows, b.columns)
    precondition(k == kb && c.rows == m && c.columns == n, "gemm: \(a.shape) · \(b.shape) into \(c.shape)")
    guard m > 0, n > 0 else { return }
    guard k > 0 else { return c.scale(by: beta) }
    unsafe BLAS.gemm(
        left, right, m, n, k, alpha, a.pointer, a.columns, b.pointer, b.columns, beta, c.mutablePointer(), n)
}

/// Returns the matrix product op(A)·op(B), shape [m, n].
public func matmul(_ a: Tensor, _ b: Tensor, transposing: Transposition = .none) -> Tensor {
    var c = Tensor(uninitialised: [
        transposing == .left ? a.columns : a.rows, transposing == .right ? b.rows : b.columns,
    ])
    gemm(a, b, transposing: transposing, into: &c)
    return c
}
