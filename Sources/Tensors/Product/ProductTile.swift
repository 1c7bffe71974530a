import CVec

/// The left operand of a product where it lies: element (i, q) is at i·rowStride + q·depthStride, and one stride is 1.
@safe
struct ProductOperand {
    let start: UnsafePointer<Float>
    let rowStride: Int
    let depthStride: Int

    func at(_ row: Int, _ level: Int) -> UnsafePointer<Float> {
        unsafe start + row * rowStride + level * depthStride
    }
}

/// Thirteen rows of the result by two vectors: 26 sums, two vectors of B and the broadcast elements of A fill the 32
/// registers of a processor with AVX-512.
struct ProductTile {
    static let rows = 13

    private var r0 = Sums()
    private var r1 = Sums()
    private var r2 = Sums()
    private var r3 = Sums()
    private var r4 = Sums()
    private var r5 = Sums()
    private var r6 = Sums()
    private var r7 = Sums()
    private var r8 = Sums()
    private var r9 = Sums()
    private var r10 = Sums()
    private var r11 = Sums()
    private var r12 = Sums()

    /// Sums over `depth` levels of a panel, for rows of A whose levels are contiguous.
    @inline(__always)
    init(rowsAt a: UnsafePointer<Float>, stride s: Int, _ panel: UnsafePointer<Float>, _ depth: Int) {
        var (p0, p3, p6) = unsafe (a, a + 3 * s, a + 6 * s)
        var (p9, p12, b) = unsafe (a + 9 * s, a + 12 * s, panel)
        for _ in 0..<depth {
            let (left, right) = unsafe (load(b), load(b + 16))
            unsafe r0.add(p0[0], left, right)
            unsafe r1.add(p0[s], left, right)
            unsafe r2.add(p0[2 * s], left, right)
            unsafe r3.add(p3[0], left, right)
            unsafe r4.add(p3[s], left, right)
            unsafe r5.add(p3[2 * s], left, right)
            unsafe r6.add(p6[0], left, right)
            unsafe r7.add(p6[s], left, right)
            unsafe r8.add(p6[2 * s], left, right)
            unsafe r9.add(p9[0], left, right)
            unsafe r10.add(p9[s], left, right)
            unsafe r11.add(p9[2 * s], left, right)
            unsafe r12.add(p12[0], left, right)
            unsafe (p0, p3, p6, p9, p12) = (p0 + 1, p3 + 1, p6 + 1, p9 + 1, p12 + 1)
            unsafe b += ProductPanels.width
        }
    }

    /// Sums over `depth` levels of a panel, for levels of A whose rows are contiguous.
    @inline(__always)
    init(levelsAt a: UnsafePointer<Float>, stride s: Int, _ panel: UnsafePointer<Float>, _ depth: Int) {
        var (p, b) = unsafe (a, panel)
        for _ in 0..<depth {
            let (left, right) = unsafe (load(b), load(b + 16))
            unsafe r0.add(p[0], left, right)
            unsafe r1.add(p[1], left, right)
            unsafe r2.add(p[2], left, right)
            unsafe r3.add(p[3], left, right)
            unsafe r4.add(p[4], left, right)
            unsafe r5.add(p[5], left, right)
            unsafe r6.add(p[6], left, right)
            unsafe r7.add(p[7], left, right)
            unsafe r8.add(p[8], left, right)
            unsafe r9.add(p[9], left, right)
            unsafe r10.add(p[10], left, right)
            unsafe r11.add(p[11], left, right)
            unsafe r12.add(p[12], left, right)
            unsafe p += s
            unsafe b += ProductPanels.width
        }
    }

    /// The same over the first sixteen columns of a panel, with half the work; the others stay zero.
    @inline(__always)
    init(
        narrowAt a: UnsafePointer<Float>, rowStride i: Int, depthStride q: Int, _ panel: UnsafePointer<Float>,
        _ depth: Int
    ) {
        var (p0, p3, p6) = unsafe (a, a + 3 * i, a + 6 * i)
        var (p9, p12, b) = unsafe (a + 9 * i, a + 12 * i, panel)
        for _ in 0..<depth {
            let left = unsafe load(b)
            unsafe r0.add(p0[0], left)
            unsafe r1.add(p0[i], left)
            unsafe r2.add(p0[2 * i], left)
            unsafe r3.add(p3[0], left)
            unsafe r4.add(p3[i], left)
            unsafe r5.add(p3[2 * i], left)
            unsafe r6.add(p6[0], left)
            unsafe r7.add(p6[i], left)
            unsafe r8.add(p6[2 * i], left)
            unsafe r9.add(p9[0], left)
            unsafe r10.add(p9[i], left)
            unsafe r11.add(p9[2 * i], left)
            unsafe r12.add(p12[0], left)
            unsafe (p0, p3, p6, p9, p12) = (p0 + q, p3 + q, p6 + q, p9 + q, p12 + q)
            unsafe b += ProductPanels.width
        }
    }

    /// C ← α·sums, or C ← α·sums + C, in the first sixteen columns.
    @inline(__always)
    func writeNarrow(_ c: UnsafeMutablePointer<Float>, _ s: Int, _ alpha: Vector, adds: Bool) {
        unsafe r0.writeNarrow(c, alpha, adds)
        unsafe r1.writeNarrow(c + s, alpha, adds)
        unsafe r2.writeNarrow(c + 2 * s, alpha, adds)
        unsafe r3.writeNarrow(c + 3 * s, alpha, adds)
        unsafe r4.writeNarrow(c + 4 * s, alpha, adds)
        unsafe r5.writeNarrow(c + 5 * s, alpha, adds)
        unsafe r6.writeNarrow(c + 6 * s, alpha, adds)
        unsafe r7.writeNarrow(c + 7 * s, alpha, adds)
        unsafe r8.writeNarrow(c + 8 * s, alpha, adds)
        unsafe r9.writeNarrow(c + 9 * s, alpha, adds)
        unsafe r10.writeNarrow(c + 10 * s, alpha, adds)
        unsafe r11.writeNarrow(c + 11 * s, alpha, adds)
        unsafe r12.writeNarrow(c + 12 * s, alpha, adds)
    }

    /// C ← α·sums, or C ← α·sums + C.
    @inline(__always)
    func write(_ c: UnsafeMutablePointer<Float>, _ s: Int, _ alpha: Vector, adds: Bool) {
        unsafe r0.write(c, alpha, adds)
        unsafe r1.write(c + s, alpha, adds)
        unsafe r2.write(c + 2 * s, alpha, adds)
        unsafe r3.write(c + 3 * s, alpha, adds)
        unsafe r4.write(c + 4 * s, alpha, adds)
        unsafe r5.write(c + 5 * s, alpha, adds)
        unsafe r6.write(c + 6 * s, alpha, adds)
        unsafe r7.write(c + 7 * s, alpha, adds)
        unsafe r8.write(c + 8 * s, alpha, adds)
        unsafe r9.write(c + 9 * s, alpha, adds)
        unsafe r10.write(c + 10 * s, alpha, adds)
        unsafe r11.write(c + 11 * s, alpha, adds)
        unsafe r12.write(c + 12 * s, alpha, adds)
    }

    /// One row: 32 columns.
    private struct Sums {
        private var left = Vector(repeating: 0)
        private var right = Vector(repeating: 0)

        @inline(__always)
        mutating func add(_ a: Float, _ l: Vector, _ r: Vector) {
            let broadcast = Vector(repeating: a)
            left = fma(broadcast, l, left)
            right = fma(broadcast, r, right)
        }

        @inline(__always)
        mutating func add(_ a: Float, _ l: Vector) { left = fma(Vector(repeating: a), l, left) }

        @inline(__always)
        func writeNarrow(_ c: UnsafeMutablePointer<Float>, _ alpha: Vector, _ adds: Bool) {
            unsafe store(adds ? fma(left, alpha, load(c)) : left * alpha, c)
        }

        @inline(__always)
        func write(_ c: UnsafeMutablePointer<Float>, _ alpha: Vector, _ adds: Bool) {
            unsafe writeNarrow(c, alpha, adds)
            unsafe store(adds ? fma(right, alpha, load(c + 16)) : right * alpha, c + 16)
        }
    }
}
