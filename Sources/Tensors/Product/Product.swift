import CVec

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
/// - Complexity: O(m·n·k). With β = 0 the old content of C is not read.
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
    let (ap, bp, cp) = unsafe (a.pointer, b.pointer, c.mutablePointer())
    ProductCut(m, n, k).forEachPiece { rows, columns in
        let (i, j) = (rows.lowerBound, columns.lowerBound)
        unsafe product(
            left, right, rows.count, columns.count, k, alpha, ap + (left ? i : i * a.columns), a.columns,
            bp + (right ? j * b.columns : j), b.columns, beta, cp + i * n + j, n)
    }
}

/// Up to so many rows a product reads its other operand where it lies.
private let fewRows = 6

/// How a product [m, k]·[k, n] is cut among threads: across its longer side, so that little is packed twice.
struct ProductCut {
    private let m: Int
    private let n: Int
    private let pieces: Pieces

    init(_ m: Int, _ n: Int, _ k: Int) {
        (self.m, self.n) = (m, n)
        if m <= fewRows {
            // Reading the larger operand is what takes time: 32,768 floats, some two microseconds.
            let most = n * k < 1 << 15 ? 1 : max(2, min((n * k) >> 16, 8))
            pieces = Pieces(of: n, grain: (n + most - 1) / most)
            return
        }
        // Half a million multiply-adds take some ten microseconds; a piece narrower than 64 spends them on packing.
        let side = max(m, n)
        let most = min((m * n * k) >> 19, side / 64, side < 1024 ? 2 : 8)
        pieces = Pieces(of: side, grain: (side + max(most, 1) - 1) / max(most, 1))
    }

    /// Calls `body` with the rows and the columns of each piece of the result.
    func forEachPiece(_ body: (_ rows: Range<Int>, _ columns: Range<Int>) -> Void) {
        concurrently(pieces.count) { index in
            if m >= n, m > fewRows { body(pieces[index], 0..<n) } else { body(0..<m, pieces[index]) }
        }
    }
}

/// Returns the matrix product op(A)·op(B), shape [m, n].
public func matmul(_ a: Tensor, _ b: Tensor, transposing: Transposition = .none) -> Tensor {
    var c = Tensor(uninitialised: [
        transposing == .left ? a.columns : a.rows, transposing == .right ? b.rows : b.columns,
    ])
    gemm(a, b, transposing: transposing, into: &c)
    return c
}

/// C ← α·op(A)·op(B) + β·C on raw, row-major memory with leading dimensions, on one thread.
///
/// Our own kernels where the build has 32 wide registers: they run near the processor's peak whatever core OpenBLAS was
/// told to assume. OpenBLAS elsewhere.
func product(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ alpha: Float, _ a: UnsafePointer<Float>,
    _ lda: Int, _ b: UnsafePointer<Float>, _ ldb: Int, _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ ldc: Int
) {
    guard vec_has_wide_registers() != 0 else {
        return unsafe BLAS.gemm(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
    }
    let left = unsafe ProductOperand(start: a, rowStride: transposeA ? 1 : lda, depthStride: transposeA ? lda : 1)
    if transposeB, !transposeA, m <= fewRows, beta == 0 || beta == 1 {
        return unsafe innerProducts(m, n, k, alpha, a, lda, b, ldb, adds: beta == 1, c, ldc)
    }
    let panels = unsafe ProductPanels(b, ldb, isTransposed: transposeB, columns: n, depth: k)
    unsafe TiledProduct(rows: m, columns: n, depth: k, alpha: alpha, left: left, beta: beta, result: c, stride: ldc)
        .run(panels)
}

/// The product with a transposed B of a few rows: inner products of rows, for which packing B would cost more.
private func innerProducts(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Float, _ a: UnsafePointer<Float>, _ lda: Int, _ b: UnsafePointer<Float>,
    _ ldb: Int, adds: Bool, _ c: UnsafeMutablePointer<Float>, _ ldc: Int
) {
    for j in stride(from: 0, to: n, by: 16) {
        // Beyond the last row of B the last one is read again, and not stored.
        let row = { (offset: Int) in unsafe b + min(j + offset, n - 1) * ldb }
        for i in 0..<m {
            let x = unsafe a + i * lda
            let (s0, s1, s2, s3) = unsafe fourProducts(x, row(0), row(1), row(2), row(3), k)
            let (s4, s5, s6, s7) = unsafe fourProducts(x, row(4), row(5), row(6), row(7), k)
            let (s8, s9, s10, s11) = unsafe fourProducts(x, row(8), row(9), row(10), row(11), k)
            let (s12, s13, s14, s15) = unsafe fourProducts(x, row(12), row(13), row(14), row(15), k)
            let sums = sixteenLaneSums(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15)
            let to = unsafe c + i * ldc + j
            if j + 16 <= n {
                unsafe store(adds ? fma(sums, Vector(repeating: alpha), load(to)) : sums * alpha, to)
            } else {
                for lane in 0..<n - j { unsafe to[lane] = alpha * sums[lane] + (adds ? to[lane] : 0) }
            }
        }
    }
}

/// The products of a row with four others, each still a vector of sums.
@inline(__always)
private func fourProducts(
    _ x: UnsafePointer<Float>, _ y0: UnsafePointer<Float>, _ y1: UnsafePointer<Float>, _ y2: UnsafePointer<Float>,
    _ y3: UnsafePointer<Float>, _ k: Int
) -> (Vector, Vector, Vector, Vector) {
    var sums = (Vector(repeating: 0), Vector(repeating: 0), Vector(repeating: 0), Vector(repeating: 0))
    forEachVector(k) { q in
        let v = unsafe load(x + q)
        unsafe sums.0 = fma(v, load(y0 + q), sums.0)
        unsafe sums.1 = fma(v, load(y1 + q), sums.1)
        unsafe sums.2 = fma(v, load(y2 + q), sums.2)
        unsafe sums.3 = fma(v, load(y3 + q), sums.3)
    } tail: { q, lanes in
        let v = unsafe load(x + q, first: lanes, filler: 0)
        unsafe sums.0 = fma(v, load(y0 + q, first: lanes, filler: 0), sums.0)
        unsafe sums.1 = fma(v, load(y1 + q, first: lanes, filler: 0), sums.1)
        unsafe sums.2 = fma(v, load(y2 + q, first: lanes, filler: 0), sums.2)
        unsafe sums.3 = fma(v, load(y3 + q, first: lanes, filler: 0), sums.3)
    }
    return sums
}
