/// A product cut into blocks that stay in the caches, and those into tiles that stay in the registers.
///
/// A panel of 32 columns and a few hundred levels stays in the first cache while the rows go by; a block of rows, and all
/// panels of a block of columns, stay in the second (Goto and van de Geijn 2008, with an unpacked left operand).
@safe
struct TiledProduct {
    let rows: Int
    let columns: Int
    let depth: Int
    let alpha: Float
    let left: ProductOperand
    let beta: Float
    let result: UnsafeMutablePointer<Float>
    let stride: Int

    private static let levelsOfBlock = 192
    private static let columnsOfBlock = 512
    private static let rowsOfBlock = 16 * ProductTile.rows

    /// The levels of a block: blocks are of equal size, a multiple of sixteen.
    private var blockDepth: Int {
        let blocks = (depth + Self.levelsOfBlock - 1) / Self.levelsOfBlock
        return ((depth + blocks - 1) / blocks + 15) / 16 * 16
    }

    /// Multiplies by the right operand.
    func run(_ panels: ProductPanels) {
        if beta != 0, beta != 1 { scaleResult() }
        let most = min(columns, Self.columnsOfBlock)
        let width = (most + ProductPanels.width - 1) / ProductPanels.width * ProductPanels.width
        // A tall result is finished block by block while the block is in the cache, if all levels fit beside it.
        let isTall = rows > 4 * Self.rowsOfBlock && depth > blockDepth && depth * width <= 1 << 18
        let edge = ProductTile.rows * (Self.levelsOfBlock + ProductPanels.width)
        unsafe Scratch.with(edge + width * (isTall ? depth : blockDepth)) { buffer in
            let packed = unsafe buffer + edge
            for column in Swift.stride(from: 0, to: columns, by: most) {
                let range = column..<min(column + most, columns)
                if isTall {
                    unsafe finishRows(range, width, panels, packed, buffer)
                } else {
                    unsafe addLevels(range, panels, packed, buffer)
                }
            }
        }
    }

    /// Packs one block of levels after the other, and adds its product to all rows.
    private func addLevels(
        _ columns: Range<Int>, _ panels: ProductPanels, _ packed: UnsafeMutablePointer<Float>,
        _ edge: UnsafeMutablePointer<Float>
    ) {
        for level in Swift.stride(from: 0, to: depth, by: blockDepth) {
            let levels = level..<min(level + blockDepth, depth)
            unsafe panels.pack(columns: columns, depth: levels, into: packed)
            for row in Swift.stride(from: 0, to: rows, by: Self.rowsOfBlock) {
                unsafe multiply(row..<min(row + Self.rowsOfBlock, rows), columns, levels, packed, edge)
            }
        }
    }

    /// Packs all levels, and finishes one block of rows after the other.
    private func finishRows(
        _ columns: Range<Int>, _ width: Int, _ panels: ProductPanels, _ packed: UnsafeMutablePointer<Float>,
        _ edge: UnsafeMutablePointer<Float>
    ) {
        for level in Swift.stride(from: 0, to: depth, by: blockDepth) {
            let levels = level..<min(level + blockDepth, depth)
            unsafe panels.pack(columns: columns, depth: levels, into: packed + width * level)
        }
        for row in Swift.stride(from: 0, to: rows, by: Self.rowsOfBlock) {
            let block = row..<min(row + Self.rowsOfBlock, rows)
            for level in Swift.stride(from: 0, to: depth, by: blockDepth) {
                let levels = level..<min(level + blockDepth, depth)
                unsafe multiply(block, columns, levels, packed + width * level, edge)
            }
        }
    }

    private func scaleResult() {
        for row in 0..<rows {
            for column in 0..<columns { unsafe result[row * stride + column] *= beta }
        }
    }

    /// Adds the product of a block of rows and the packed panels of a block of columns, over a range of levels.
    private func multiply(
        _ block: Range<Int>, _ columns: Range<Int>, _ levels: Range<Int>, _ packed: UnsafePointer<Float>,
        _ edge: UnsafeMutablePointer<Float>
    ) {
        let adds = levels.lowerBound > 0 || beta != 0
        let factor = Vector(repeating: alpha)
        for column in Swift.stride(from: columns.lowerBound, to: columns.upperBound, by: ProductPanels.width) {
            let panel = unsafe packed + (column - columns.lowerBound) * levels.count
            let width = min(ProductPanels.width, columns.upperBound - column)
            for row in Swift.stride(from: block.lowerBound, to: block.upperBound, by: ProductTile.rows) {
                let height = min(ProductTile.rows, block.upperBound - row)
                let target = unsafe result + row * stride + column
                let a = unsafe left.at(row, levels.lowerBound)
                if height == ProductTile.rows, width == 16 {
                    let tile = unsafe narrowTile(a, left.rowStride, left.depthStride, panel, levels.count)
                    unsafe tile.writeNarrow(target, stride, factor, adds: adds)
                } else if height == ProductTile.rows, width == ProductPanels.width {
                    if left.depthStride == 1 {
                        let tile = unsafe ProductTile(rowsAt: a, stride: left.rowStride, panel, levels.count)
                        unsafe tile.write(target, stride, factor, adds: adds)
                    } else {
                        let tile = unsafe ProductTile(levelsAt: a, stride: left.depthStride, panel, levels.count)
                        unsafe tile.write(target, stride, factor, adds: adds)
                    }
                } else {
                    unsafe multiplyEdge(row, height, width, levels, panel, edge, target, adds)
                }
            }
        }
    }

    /// A tile that is cut off below or at the right: whole in a buffer, whose valid part is then moved.
    private func multiplyEdge(
        _ row: Int, _ height: Int, _ width: Int, _ levels: Range<Int>, _ panel: UnsafePointer<Float>,
        _ buffer: UnsafeMutablePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ adds: Bool
    ) {
        let copy = unsafe buffer + ProductTile.rows * ProductPanels.width
        let tile: ProductTile
        if left.depthStride == 1 {
            let (a, s) = unsafe wholeRows(row, height, levels, copy)
            unsafe tile =
                width <= 16
                ? narrowTile(a, s, 1, panel, levels.count) : ProductTile(rowsAt: a, stride: s, panel, levels.count)
        } else {
            let (a, s) = unsafe wholeLevels(row, height, levels, copy)
            unsafe tile =
                width <= 16
                ? narrowTile(a, 1, s, panel, levels.count) : ProductTile(levelsAt: a, stride: s, panel, levels.count)
        }
        unsafe tile.write(buffer, ProductPanels.width, Vector(repeating: alpha), adds: false)
        for i in 0..<height {
            let (from, to) = unsafe (buffer + i * ProductPanels.width, target + i * stride)
            forEachVector(width) { j in
                unsafe store(adds ? load(to + j) + load(from + j) : load(from + j), to + j)
            } tail: { j, lanes in
                for lane in j..<j + lanes { unsafe to[lane] = from[lane] + (adds ? to[lane] : 0) }
            }
        }
    }

    /// Not inlined, so that its registers are its own.
    @inline(never)
    private func narrowTile(
        _ a: UnsafePointer<Float>, _ rowStride: Int, _ depthStride: Int, _ panel: UnsafePointer<Float>, _ depth: Int
    ) -> ProductTile {
        if depthStride == 1 {
            unsafe ProductTile(narrowAt: a, rowStride: rowStride, depthStride: 1, panel, depth)
        } else {
            unsafe ProductTile(narrowAt: a, rowStride: 1, depthStride: depthStride, panel, depth)
        }
    }

    /// Thirteen rows to read, of which the first `height` are those of A: A itself where it has them, else a copy with
    /// the last row repeated.
    private func wholeRows(
        _ row: Int, _ height: Int, _ levels: Range<Int>, _ buffer: UnsafeMutablePointer<Float>
    ) -> (UnsafePointer<Float>, Int) {
        guard height < ProductTile.rows else { return unsafe (left.at(row, levels.lowerBound), left.rowStride) }
        for i in 0..<ProductTile.rows {
            let from = unsafe left.at(row + min(i, height - 1), levels.lowerBound)
            unsafe (buffer + i * levels.count).update(from: from, count: levels.count)
        }
        return unsafe (UnsafePointer(buffer), levels.count)
    }

    /// The same where levels of A are what lies apart; rows that a copy lacks are zero.
    private func wholeLevels(
        _ row: Int, _ height: Int, _ levels: Range<Int>, _ buffer: UnsafeMutablePointer<Float>
    ) -> (UnsafePointer<Float>, Int) {
        guard height < ProductTile.rows else { return unsafe (left.at(row, levels.lowerBound), left.depthStride) }
        unsafe buffer.update(repeating: 0, count: levels.count * ProductTile.rows)
        for (index, level) in levels.enumerated() {
            let (from, to) = unsafe (left.at(row, level), buffer + index * ProductTile.rows)
            for i in 0..<height { unsafe to[i] = from[i] }
        }
        return unsafe (UnsafePointer(buffer), ProductTile.rows)
    }
}
