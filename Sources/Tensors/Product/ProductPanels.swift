import CVec

/// The right operand of a product, copied into panels of 32 columns that a tile reads front to back.
///
/// A panel holds `depth` rows of 32 floats; columns beyond the last are zero.
@safe
struct ProductPanels {
    /// The columns of a panel, two vectors.
    static let width = 32

    private let start: UnsafePointer<Float>
    private let stride: Int
    private let isTransposed: Bool
    let columns: Int
    let depth: Int

    /// Describes op(B): [depth, columns] as it lies, or [columns, depth] when transposed.
    init(_ start: UnsafePointer<Float>, _ stride: Int, isTransposed: Bool, columns: Int, depth: Int) {
        unsafe self.start = start
        self.stride = stride
        self.isTransposed = isTransposed
        self.columns = columns
        self.depth = depth
    }

    /// Copies a block into `target`, panel after panel.
    func pack(columns range: Range<Int>, depth levels: Range<Int>, into target: UnsafeMutablePointer<Float>) {
        for first in Swift.stride(from: range.lowerBound, to: range.upperBound, by: Self.width) {
            let to = unsafe target + (first - range.lowerBound) * levels.count
            let width = min(Self.width, range.upperBound - first)
            if isTransposed {
                unsafe packTransposed(first, min(16, width), levels, to)
                unsafe packTransposed(first + 16, max(0, width - 16), levels, to + 16)
            } else {
                unsafe packRows(first, width, levels, to)
            }
        }
    }

    private func packRows(_ first: Int, _ width: Int, _ levels: Range<Int>, _ to: UnsafeMutablePointer<Float>) {
        for (row, level) in levels.enumerated() {
            let (from, to) = unsafe (start + level * stride + first, to + row * Self.width)
            if width == Self.width {
                unsafe store(load(from), to)
                unsafe store(load(from + 16), to + 16)
            } else {
                let rest = max(0, width - 16)
                unsafe store(width < 16 ? load(from, first: width, filler: 0) : load(from), to)
                unsafe store(rest > 0 ? load(from + 16, first: rest, filler: 0) : Vector(repeating: 0), to + 16)
            }
        }
    }

    /// Half a panel from up to sixteen rows of B.
    private func packTransposed(
        _ first: Int, _ width: Int, _ levels: Range<Int>, _ to: UnsafeMutablePointer<Float>
    ) {
        let from = unsafe start + first * stride + levels.lowerBound
        guard width > 0 else {
            for level in 0..<levels.count { unsafe store(Vector(repeating: 0), to + level * Self.width) }
            return
        }
        var level = 0
        while width == 16, level + 16 <= levels.count {
            unsafe transposeSixteen(from + level, stride, to + level * Self.width)
            level += 16
        }
        while level < levels.count {
            for lane in 0..<16 {
                unsafe to[level * Self.width + lane] = lane < width ? from[lane * stride + level] : 0
            }
            level += 1
        }
    }
}

/// Writes the transpose of sixteen rows of sixteen, a panel's width apart: four rounds of interleaving row i with row
/// i + 8 move the bits of the row number into those of the column number.
private func transposeSixteen(_ x: UnsafePointer<Float>, _ stride: Int, _ to: UnsafeMutablePointer<Float>) {
    let y = unsafe x + 8 * stride
    var (x0, x1) = unsafe (load(x), load(x + stride))
    var (x2, x3) = unsafe (load(x + 2 * stride), load(x + 3 * stride))
    var (x4, x5) = unsafe (load(x + 4 * stride), load(x + 5 * stride))
    var (x6, x7) = unsafe (load(x + 6 * stride), load(x + 7 * stride))
    var (y0, y1) = unsafe (load(y), load(y + stride))
    var (y2, y3) = unsafe (load(y + 2 * stride), load(y + 3 * stride))
    var (y4, y5) = unsafe (load(y + 4 * stride), load(y + 5 * stride))
    var (y6, y7) = unsafe (load(y + 6 * stride), load(y + 7 * stride))
    for _ in 0..<4 {
        let (a0, a1) = (vec_interleave_low(x0, y0), vec_interleave_high(x0, y0))
        let (a2, a3) = (vec_interleave_low(x1, y1), vec_interleave_high(x1, y1))
        let (a4, a5) = (vec_interleave_low(x2, y2), vec_interleave_high(x2, y2))
        let (a6, a7) = (vec_interleave_low(x3, y3), vec_interleave_high(x3, y3))
        let (b0, b1) = (vec_interleave_low(x4, y4), vec_interleave_high(x4, y4))
        let (b2, b3) = (vec_interleave_low(x5, y5), vec_interleave_high(x5, y5))
        let (b4, b5) = (vec_interleave_low(x6, y6), vec_interleave_high(x6, y6))
        let (b6, b7) = (vec_interleave_low(x7, y7), vec_interleave_high(x7, y7))
        (x0, x1, x2, x3, x4, x5, x6, x7) = (a0, a1, a2, a3, a4, a5, a6, a7)
        (y0, y1, y2, y3, y4, y5, y6, y7) = (b0, b1, b2, b3, b4, b5, b6, b7)
    }
    let (step, half) = unsafe (ProductPanels.width, to + 8 * ProductPanels.width)
    unsafe store(x0, to)
    unsafe store(x1, to + step)
    unsafe store(x2, to + 2 * step)
    unsafe store(x3, to + 3 * step)
    unsafe store(x4, to + 4 * step)
    unsafe store(x5, to + 5 * step)
    unsafe store(x6, to + 6 * step)
    unsafe store(x7, to + 7 * step)
    unsafe store(y0, half)
    unsafe store(y1, half + step)
    unsafe store(y2, half + 2 * step)
    unsafe store(y3, half + 3 * step)
    unsafe store(y4, half + 4 * step)
    unsafe store(y5, half + 5 * step)
    unsafe store(y6, half + 6 * step)
    unsafe store(y7, half + 7 * step)
}
