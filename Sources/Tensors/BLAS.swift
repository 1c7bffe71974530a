import COpenBLAS

/// OpenBLAS, always on one thread: products for processors without wide registers, and the oracle of ours.
public enum BLAS {
    /// Why the linear algebra library cannot be used.
    public struct Failure: Error, CustomStringConvertible {
        /// One line: what is wrong, and the remedy.
        public let description: String
    }

    /// Set up on first use: one thread, and a self-test, since a wrong product must never pass for a result.
    static let ready: Void = {
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
