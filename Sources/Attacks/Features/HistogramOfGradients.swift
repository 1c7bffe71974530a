import RealModule
public import Tensors
public import ThreatModel

/// What the edges of a grey image look like, place by place: a descriptor that small shifts and changes of brightness
/// hardly move.
///
/// Central differences, zero at the rim, give each pixel a magnitude and an unsigned orientation; each cell of pixels
/// sums the magnitudes by orientation; each square of cells, one at every cell, is normalised. With 28×28 pixels, cells
/// of nine pixels and blocks of three cells there is one block of 81 numbers, and the last row and column of pixels are
/// in no cell.
/// - Source: Dalal and Triggs, "Histograms of oriented gradients for human detection", CVPR 2005.
/// - Deviation: a pixel shares its magnitude between the two nearest orientations, but not between cells.
public struct HistogramOfGradients: Sendable, Equatable {
    /// The extents of the images.
    public let size: ImageSize
    /// The number of orientations in half a turn.
    public let orientations: Int
    /// The side of a cell in pixels.
    public let cell: Int
    /// The side of a block in cells.
    public let block: Int

    /// Creates a descriptor.
    ///
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when no block fits into the image.
    public init(_ size: ImageSize, orientations: Int = 9, cell: Int = 9, block: Int = 3) throws(ThreatModelError) {
        guard orientations > 0, cell > 0, block > 0, size.width >= cell * block, size.height >= cell * block else {
            throw .mismatch(
                "a block of \(block)x\(block) cells of \(cell)x\(cell) pixels does not fit into an image of "
                    + "\(size.width)x\(size.height); take a smaller cell")
        }
        (self.size, self.orientations, self.cell, self.block) = (size, orientations, cell, block)
    }

    private var columns: Int { size.width / cell }
    private var rows: Int { size.height / cell }

    /// The length of a descriptor.
    public var length: Int { (columns - block + 1) * (rows - block + 1) * block * block * orientations }

    /// Returns the descriptor of each image.
    ///
    /// - Shapes: images [count, height·width]; result [count, `length`].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when the rows are not of the size.
    /// - Complexity: O(count·height·width).
    public func describe(_ images: Tensor) throws(ThreatModelError) -> Tensor {
        guard images.columns == size.width * size.height else {
            throw .mismatch("rows of \(images.columns) pixels are no images of \(size.width)x\(size.height)")
        }
        var values: [Float] = []
        values.reserveCapacity(images.rows * length)
        for image in 0..<images.rows { values += blocks(of: histograms(images.row(image))) }
        return Tensor(values, shape: [images.rows, length])
    }

    /// The histogram of each cell, [rows·columns·orientations].
    private func histograms(_ image: [Float]) -> [Float] {
        var histograms = [Float](repeating: 0, count: rows * columns * orientations)
        for y in 0..<rows * cell {
            for x in 0..<columns * cell {
                let (dx, dy) = gradient(image, x, y)
                let magnitude = (dx * dx + dy * dy).squareRoot()
                guard magnitude > 0 else { continue }
                let start = ((y / cell) * columns + x / cell) * orientations
                // Half a turn is all there is: an edge and its negative look the same.
                let angle = Float.atan2(y: dy, x: dx) / Float.pi
                // Float.pi is rounded down, so an angle of −π may come out below −1.
                let place = max(0, angle < 0 ? angle + 1 : angle) * Float(orientations)
                let lower = Int(place.rounded(.down))
                let share = place - Float(lower)
                histograms[start + lower % orientations] += magnitude * (1 - share)
                histograms[start + (lower + 1) % orientations] += magnitude * share
            }
        }
        return histograms
    }

    private func gradient(_ image: [Float], _ x: Int, _ y: Int) -> (dx: Float, dy: Float) {
        let (width, here) = (size.width, y * size.width + x)
        let dx = x > 0 && x < width - 1 ? image[here + 1] - image[here - 1] : 0
        let dy = y > 0 && y < size.height - 1 ? image[here + width] - image[here - width] : 0
        return (dx, dy)
    }

    private func blocks(of histograms: [Float]) -> [Float] {
        var result: [Float] = []
        for top in 0...rows - block {
            for left in 0...columns - block {
                let cells = (0..<block).flatMap { row in
                    let start = ((top + row) * columns + left) * orientations
                    return histograms[start..<start + block * orientations]
                }
                result += normalised(cells)
            }
        }
        return result
    }

    /// Unit length, no element above 0.2, and unit length again.
    private func normalised(_ values: [Float]) -> [Float] {
        func scaled(_ values: [Float]) -> [Float] {
            let norm = (values.reduce(0) { $0 + $1 * $1 } + 1e-10).squareRoot()
            return values.map { $0 / norm }
        }
        return scaled(scaled(values).map { min($0, 0.2) })
    }
}
