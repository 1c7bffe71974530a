import CVec

/// Convolution by minimal filtering: fewer multiplications than there are taps, at the price of some rounding.
///
/// With stride s, the s² phases of an image (pixels with equal remainders by s) are channels of their own, filtered
/// with stride 1 by r = kernel/s taps along each axis. Images are cut into tiles of m×m outputs; at each of the
/// (m + r − 1)² points there is one product of matrices. A kernel of 4×4 with stride 2 needs 25 multiplications for the
/// 64 of a tile of 4×4.
///
/// - Source: Winograd 1980; Lavin and Gray 2016; Huang et al. 2020 for strides.
/// - Deviation: rounding errors are some six times those of a direct sum in the root mean square.
struct WinogradConvolution {
    private let shape: ConvolutionShape
    private let filtering: MinimalFiltering
    private let stride: Int
    /// Tiles of an image, downwards and sideways.
    private let tiles: Extent

    /// Chooses the tile that multiplies least; `nil` where direct convolution is as good or the form does not fit.
    init?(_ shape: ConvolutionShape) {
        let (window, positions) = (shape.window, shape.positions)
        let (kernel, stride) = (window.kernel.height, window.stride.height)
        guard window.kernel.width == kernel, window.stride.width == stride, window.dilation == 1, shape.groups == 1,
            stride <= 2, kernel % stride == 0, (2...3).contains(kernel / stride), shape.channels % 16 == 0,
            shape.outputs % 16 == 0, shape.outputs >= 32, stride * stride * shape.channels >= 64
        else { return nil }
        let taps = kernel / stride
        func tiles(_ outputs: Int) -> Extent {
            Extent((positions.height + outputs - 1) / outputs, (positions.width + outputs - 1) / outputs)
        }
        func products(_ outputs: Int) -> Int { tiles(outputs).area * (outputs + taps - 1) * (outputs + taps - 1) }
        guard let best = (2...4).min(by: { products($0) < products($1) }),
            10 * products(best) <= 7 * positions.area * taps * taps, shape.batch * tiles(best).area >= 32
        else { return nil }
        self.shape = shape
        self.stride = stride
        self.tiles = tiles(best)
        filtering = MinimalFiltering(outputs: best, taps: taps)
    }

    private var points: Int { filtering.points * filtering.points }
    private var phases: Int { stride * stride }
    private var depth: Int { phases * shape.channels }
    private var outputs: Int { shape.outputs }

    /// Floats from one point's matrix [rows, columns] to the next: not a power of two, for then all points of a tile
    /// would want the same few lines of the cache.
    private func step(_ rows: Int, _ columns: Int) -> Int { rows * columns + 80 }

    /// Images in a block: some sixty tiles, five times the rows of a register tile.
    private var blockImages: Int { max(1, 64 / tiles.area) }

    /// Calls `body` with each block of images, side by side.
    private func forEachBlock(_ body: (Range<Int>) -> Void) {
        let blocks = (shape.batch + blockImages - 1) / blockImages
        concurrently(blocks) { body($0 * blockImages..<min(($0 + 1) * blockImages, shape.batch)) }
    }

    /// Returns the convolution of images; shapes as of `ConvolutionShape.forward`.
    func forward(_ x: Tensor, _ w: Tensor) -> Tensor {
        let y = Tensor(uninitialised: shape.outputShape)
        let filters = filters(w)
        forEachBlock { images in
            let rows = images.count * tiles.area
            unsafe Scratch.with(points * (step(rows, depth) + step(rows, outputs))) { inputs in
                let products = unsafe inputs + points * step(rows, depth)
                unsafe transform(self.inputs, filtering.input, x, images, into: inputs)
                for point in 0..<points {
                    unsafe product(
                        false, true, rows, outputs, depth, 1, inputs + point * step(rows, depth), depth,
                        filters.pointer + point * step(outputs, depth), depth, 0,
                        products + point * step(rows, outputs), outputs)
                }
                unsafe restore(results, filtering.output, products, images, to: y.storage.base, adds: false)
            }
        }
        return y
    }

    /// Adds the gradient with respect to the images; shapes as of `ConvolutionShape.imageGradient`.
    func addImageGradient(_ dy: Tensor, _ w: Tensor, to dx: UnsafeMutablePointer<Float>) {
        let filters = filters(w)
        forEachBlock { images in
            let rows = images.count * tiles.area
            unsafe Scratch.with(points * (step(rows, depth) + step(rows, outputs))) { inputs in
                let gradients = unsafe inputs + points * step(rows, depth)
                unsafe transform(results, filtering.output.transposed, dy, images, into: gradients)
                for point in 0..<points {
                    unsafe product(
                        false, false, rows, depth, outputs, 1, gradients + point * step(rows, outputs), outputs,
                        filters.pointer + point * step(outputs, depth), depth, 0, inputs + point * step(rows, depth),
                        depth)
                }
                unsafe restore(self.inputs, filtering.input.transposed, inputs, images, to: dx, adds: true)
            }
        }
    }

    /// Writes (β = 0) or adds (β = 1) the gradient with respect to the weights; shapes as of
    /// `ConvolutionShape.weightGradient`.
    func weightGradient(_ dy: Tensor, _ x: Tensor, into dw: inout Tensor, beta: Float) {
        // Few pieces: each has sums of its own, as large as the transformed weights.
        let pieces = Pieces(ofLarge: shape.batch, grain: max(blockImages, (shape.batch + 1) / 2))
        let partial = Tensor(uninitialised: [pieces.count, dw.count])
        concurrently(pieces.count) { index in
            let target = unsafe partial.storage.base + index * partial.columns
            unsafe Scratch.with(points * step(outputs, depth)) { sums in
                unsafe sumProducts(dy, x, pieces[index], into: sums)
                unsafe writeWeights(sums, into: target)
            }
        }
        partial.sumRows(into: &dw, beta: beta)
    }

    /// Σ over the tiles of some images of gradient ⊗ input at each point.
    private func sumProducts(_ dy: Tensor, _ x: Tensor, _ images: Range<Int>, into sums: UnsafeMutablePointer<Float>) {
        var beta: Float = 0
        for start in Swift.stride(from: images.lowerBound, to: images.upperBound, by: blockImages) {
            let block = start..<min(start + blockImages, images.upperBound)
            let rows = block.count * tiles.area
            unsafe Scratch.with(points * (step(rows, depth) + step(rows, outputs))) { inputs in
                let gradients = unsafe inputs + points * step(rows, depth)
                unsafe transform(self.inputs, filtering.input, x, block, into: inputs)
                unsafe transform(results, filtering.output.transposed, dy, block, into: gradients)
                for point in 0..<points {
                    unsafe product(
                        true, false, outputs, depth, rows, 1, gradients + point * step(rows, outputs), outputs,
                        inputs + point * step(rows, depth), depth, beta, sums + point * step(outputs, depth), depth)
                }
            }
            beta = 1
        }
    }
}

/// What is done to images, gradients and weights before and after the products.
extension WinogradConvolution {
    /// Which numbers of an image, [height, width, channels], belong to a tile: in each phase a square of so many a side.
    private struct Grid {
        let image: Extent
        let channels: Int
        /// Numbers along a side of the square.
        let side: Int
        /// Pixels from one to the next.
        let spacing: Int
        /// Pixels from one tile to the next.
        let step: Int
        /// Pixels before the image at which the first tile begins.
        let margin: Extent
        let phases: Int

        var size: Int { image.area * channels }

        /// The offsets of a tile's numbers in the images, [side, side]; −1 where it reaches beyond the image.
        func offsets(_ picture: Int, _ tile: Extent, phase: Int, into offsets: inout [Int]) {
            let top = tile.height * step - margin.height + phase / spacing
            let left = tile.width * step - margin.width + phase % spacing
            for i in 0..<side {
                for j in 0..<side {
                    let (y, x) = (top + spacing * i, left + spacing * j)
                    let isInside = y >= 0 && y < image.height && x >= 0 && x < image.width
                    offsets[i * side + j] = isInside ? ((picture * image.height + y) * image.width + x) * channels : -1
                }
            }
        }
    }

    /// The inputs that a tile reads, by phases.
    private var inputs: Grid {
        Grid(
            image: shape.image, channels: shape.channels, side: filtering.points, spacing: stride,
            step: stride * filtering.outputs, margin: shape.window.padding, phases: phases)
    }

    /// The outputs that a tile computes.
    private var results: Grid {
        Grid(
            image: shape.positions, channels: outputs, side: filtering.outputs, spacing: 1, step: filtering.outputs,
            margin: 0, phases: 1)
    }

    /// Calls `body` with sixteen channels of each tile and phase of some images: the offsets of its numbers in the
    /// images, the first channel, and its place in a matrix [tiles, phases·channels].
    ///
    /// What a tile reads lies too scattered for the processor to foresee it, so a share of the image after it is asked
    /// for meanwhile.
    @inline(__always)
    private func forEachVector(
        of grid: Grid, _ images: Range<Int>, ahead: UnsafePointer<Float>, _ body: (_ offsets: [Int], Int, Int) -> Void
    ) {
        var offsets = [Int](repeating: -1, count: grid.side * grid.side)
        let share = (grid.size / tiles.area + 15) / 16 * 16
        for index in 0..<images.count * tiles.area {
            let (picture, tile) = (images.lowerBound + index / tiles.area, index % tiles.area)
            if picture + 1 < images.upperBound {
                let start = unsafe ahead + (picture + 1) * grid.size + tile * share
                for offset in Swift.stride(from: 0, to: share, by: 16) { unsafe vec_prefetch(start + offset) }
            }
            for phase in 0..<grid.phases {
                grid.offsets(picture, Extent(tile / tiles.width, tile % tiles.width), phase: phase, into: &offsets)
                for channel in Swift.stride(from: 0, to: grid.channels, by: 16) {
                    body(offsets, channel, (index * grid.phases + phase) * grid.channels + channel)
                }
            }
        }
    }

    /// Writes M·X·Mᵀ of each tile X of images: [points², tiles, phases·channels].
    private func transform(
        _ grid: Grid, _ matrix: MinimalFiltering.Matrix, _ source: Tensor, _ images: Range<Int>,
        into target: UnsafeMutablePointer<Float>
    ) {
        let apart = step(images.count * tiles.area, grid.phases * grid.channels)
        let (side, from) = unsafe (grid.side, source.pointer)
        unsafe Scratch.with(16 * matrix.rows * side) { room in
            unsafe forEachVector(of: grid, images, ahead: from) { offsets, channel, place in
                unsafe matrix.sandwich(room: room) { i, j in
                    let offset = offsets[i * side + j]
                    return unsafe offset < 0 ? Vector(repeating: 0) : load(from + offset + channel)
                } _: { i, j, value in
                    unsafe store(value, target + place + (i * matrix.rows + j) * apart)
                }
            }
        }
    }

    /// Writes M·Z·Mᵀ of each tile Z, [points², tiles, phases·channels], to images, or adds it to what is there.
    private func restore(
        _ grid: Grid, _ matrix: MinimalFiltering.Matrix, _ source: UnsafePointer<Float>, _ images: Range<Int>,
        to target: UnsafeMutablePointer<Float>, adds: Bool
    ) {
        let apart = step(images.count * tiles.area, grid.phases * grid.channels)
        let side = grid.side
        unsafe Scratch.with(16 * matrix.columns * side) { room in
            unsafe forEachVector(of: grid, images, ahead: target) { offsets, channel, place in
                unsafe matrix.sandwich(room: room) { i, j in
                    unsafe load(source + place + (i * matrix.columns + j) * apart)
                } _: { i, j, value in
                    let offset = offsets[i * side + j]
                    guard offset >= 0 else { return }
                    let to = unsafe target + offset + channel
                    unsafe store(adds ? load(to) + value : value, to)
                }
            }
        }
    }

    /// Calls `body` with each output, phase and vector of channels: the offset of its first tap in the weights, that of
    /// the numbers that it is transformed to.
    private func forEachFilter(_ outputs: Range<Int>, _ body: (_ weight: Int, _ filter: Int) -> Void) {
        let (kernel, channels) = (shape.window.kernel.width, shape.channels)
        for output in outputs {
            for phase in 0..<phases {
                let tap = (output * kernel + phase / stride) * kernel + phase % stride
                for c in Swift.stride(from: 0, to: channels, by: 16) {
                    body(tap * channels + c, output * depth + phase * channels + c)
                }
            }
        }
    }

    /// Returns G·w·Gᵀ of each filter: [points², outputs, phases·channels].
    private func filters(_ w: Tensor) -> Tensor {
        let result = Tensor(uninitialised: [points, step(outputs, depth)])
        let (n, tap, apart) = (filtering.points, stride * shape.channels, step(outputs, depth))
        concurrently(Pieces(ofLarge: outputs, grain: max(1, (1 << 14) / depth))) { piece in
            unsafe Scratch.with(16 * n * filtering.taps) { room in
                forEachFilter(piece) { weight, filter in
                    let (from, to) = unsafe (w.pointer + weight, result.storage.base + filter)
                    unsafe filtering.filter.sandwich(room: room) { i, j in
                        unsafe load(from + (i * shape.window.kernel.width + j) * tap)
                    } _: { i, j, value in
                        unsafe store(value, to + (i * n + j) * apart)
                    }
                }
            }
        }
        return result
    }

    /// Writes Gᵀ·s·G of each filter.
    private func writeWeights(_ sums: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
        let (n, tap, apart) = (filtering.points, stride * shape.channels, step(outputs, depth))
        let matrix = filtering.filter.transposed
        unsafe Scratch.with(16 * n * filtering.taps) { room in
            forEachFilter(0..<outputs) { weight, filter in
                let (from, to) = unsafe (sums + filter, target + weight)
                unsafe matrix.sandwich(room: room) { i, j in
                    unsafe load(from + (i * n + j) * apart)
                } _: { i, j, value in
                    unsafe store(value, to + (i * shape.window.kernel.width + j) * tap)
                }
            }
        }
    }
}
