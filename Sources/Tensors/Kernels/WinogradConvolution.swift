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

    /// Calls `body` with each block of images, side by side: two pieces, for each transforms for itself.
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
                unsafe transformInputs(x, images, into: inputs)
                for point in 0..<points {
                    unsafe product(
                        false, true, rows, outputs, depth, 1, inputs + point * step(rows, depth), depth,
                        filters.pointer + point * step(outputs, depth), depth, 0,
                        products + point * step(rows, outputs), outputs)
                }
                unsafe writeOutputs(products, images, into: y.storage.base)
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
                unsafe transformGradients(dy, images, into: gradients)
                for point in 0..<points {
                    unsafe product(
                        false, false, rows, depth, outputs, 1, gradients + point * step(rows, outputs), outputs,
                        filters.pointer + point * step(outputs, depth), depth, 0, inputs + point * step(rows, depth),
                        depth)
                }
                unsafe addInputs(inputs, images, to: dx)
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
                unsafe transformInputs(x, block, into: inputs)
                unsafe transformGradients(dy, block, into: gradients)
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
    /// Calls `body` with each tile of some images: its number within them, the image, and its place.
    private func forEachTile(_ images: Range<Int>, _ body: (_ tile: Int, _ image: Int, _ place: Extent) -> Void) {
        var tile = 0
        for image in images {
            for row in 0..<tiles.height {
                for column in 0..<tiles.width {
                    body(tile, image, Extent(row, column))
                    tile += 1
                }
            }
        }
    }

    /// The offsets of the pixels of one phase that a tile reads, [points, points]; −1 where there is padding.
    private func pixels(_ image: Int, _ tile: Extent, phase: Int, into offsets: inout [Int]) {
        let (n, step) = (filtering.points, stride * filtering.outputs)
        let top = tile.height * step - shape.window.padding.height + phase / stride
        let left = tile.width * step - shape.window.padding.width + phase % stride
        for i in 0..<n {
            for j in 0..<n {
                let (y, x) = (top + stride * i, left + stride * j)
                let isInside = y >= 0 && y < shape.image.height && x >= 0 && x < shape.image.width
                offsets[i * n + j] =
                    isInside ? ((image * shape.image.height + y) * shape.image.width + x) * shape.channels : -1
            }
        }
    }

    /// The offsets of the positions of a tile, [outputs, outputs]; −1 beyond the last.
    private func places(_ image: Int, _ tile: Extent, into offsets: inout [Int]) {
        let m = filtering.outputs
        for i in 0..<m {
            for j in 0..<m {
                let (y, x) = (tile.height * m + i, tile.width * m + j)
                let isInside = y < shape.positions.height && x < shape.positions.width
                offsets[i * m + j] =
                    isInside ? ((image * shape.positions.height + y) * shape.positions.width + x) * outputs : -1
            }
        }
    }

    /// Asks for a tile's share of an image after the one that is worked on: what a tile reads lies too scattered for the
    /// processor to foresee it.
    private func prefetch(_ images: UnsafePointer<Float>, _ size: Int, image: Int, _ tile: Int, before end: Int) {
        guard image + 1 < end else { return }
        let share = (size / tiles.area + 15) / 16 * 16
        let start = unsafe images + (image + 1) * size + tile % tiles.area * share
        for offset in Swift.stride(from: 0, to: share, by: 16) { unsafe vec_prefetch(start + offset) }
    }

    /// Writes Bᵀ·x·B of each tile and phase: [points², tiles, phases·channels].
    private func transformInputs(_ x: Tensor, _ images: Range<Int>, into target: UnsafeMutablePointer<Float>) {
        let (n, channels, apart) = (filtering.points, shape.channels, step(images.count * tiles.area, depth))
        var offsets = [Int](repeating: -1, count: n * n)
        unsafe Scratch.with(16 * n * n) { room in
            forEachTile(images) { tile, image, place in
                unsafe prefetch(x.pointer, shape.image.area * channels, image: image, tile, before: images.upperBound)
                for phase in 0..<phases {
                    pixels(image, place, phase: phase, into: &offsets)
                    for c in Swift.stride(from: 0, to: channels, by: 16) {
                        let to = unsafe target + tile * depth + phase * channels + c
                        unsafe filtering.input.sandwich(room: room) { i, j in
                            let offset = offsets[i * n + j]
                            return unsafe offset < 0 ? Vector(repeating: 0) : load(x.pointer + offset + c)
                        } _: { i, j, value in
                            unsafe store(value, to + (i * n + j) * apart)
                        }
                    }
                }
            }
        }
    }

    /// Adds B·z·Bᵀ of each tile and phase to the pixels that the tile reads.
    private func addInputs(
        _ source: UnsafePointer<Float>, _ images: Range<Int>, to target: UnsafeMutablePointer<Float>
    ) {
        let (n, channels, apart) = (filtering.points, shape.channels, step(images.count * tiles.area, depth))
        let matrix = filtering.input.transposed
        var offsets = [Int](repeating: -1, count: n * n)
        unsafe Scratch.with(16 * n * n) { room in
            forEachTile(images) { tile, image, place in
                unsafe prefetch(target, shape.image.area * channels, image: image, tile, before: images.upperBound)
                for phase in 0..<phases {
                    pixels(image, place, phase: phase, into: &offsets)
                    for c in Swift.stride(from: 0, to: channels, by: 16) {
                        let from = unsafe source + tile * depth + phase * channels + c
                        unsafe matrix.sandwich(room: room) { i, j in
                            unsafe load(from + (i * n + j) * apart)
                        } _: { i, j, value in
                            let offset = offsets[i * n + j]
                            guard offset >= 0 else { return }
                            unsafe store(load(target + offset + c) + value, target + offset + c)
                        }
                    }
                }
            }
        }
    }

    /// Writes A·dy·Aᵀ of each tile: [points², tiles, outputs].
    private func transformGradients(_ dy: Tensor, _ images: Range<Int>, into target: UnsafeMutablePointer<Float>) {
        let (n, m, apart) = (filtering.points, filtering.outputs, step(images.count * tiles.area, outputs))
        let matrix = filtering.output.transposed
        var offsets = [Int](repeating: -1, count: m * m)
        unsafe Scratch.with(16 * n * m) { room in
            forEachTile(images) { tile, image, place in
                places(image, place, into: &offsets)
                unsafe prefetch(
                    dy.pointer, shape.positions.area * outputs, image: image, tile, before: images.upperBound)
                for k in Swift.stride(from: 0, to: outputs, by: 16) {
                    let to = unsafe target + tile * outputs + k
                    unsafe matrix.sandwich(room: room) { i, j in
                        let offset = offsets[i * m + j]
                        return unsafe offset < 0 ? Vector(repeating: 0) : load(dy.pointer + offset + k)
                    } _: { i, j, value in
                        unsafe store(value, to + (i * n + j) * apart)
                    }
                }
            }
        }
    }

    /// Writes Aᵀ·p·A of each tile.
    private func writeOutputs(
        _ products: UnsafePointer<Float>, _ images: Range<Int>, into target: UnsafeMutablePointer<Float>
    ) {
        let (n, m, apart) = (filtering.points, filtering.outputs, step(images.count * tiles.area, outputs))
        var offsets = [Int](repeating: -1, count: m * m)
        unsafe Scratch.with(16 * n * m) { room in
            forEachTile(images) { tile, image, place in
                places(image, place, into: &offsets)
                for k in Swift.stride(from: 0, to: outputs, by: 16) {
                    let from = unsafe products + tile * outputs + k
                    unsafe filtering.output.sandwich(room: room) { i, j in
                        unsafe load(from + (i * n + j) * apart)
                    } _: { i, j, value in
                        let offset = offsets[i * m + j]
                        guard offset >= 0 else { return }
                        unsafe store(value, target + offset + k)
                    }
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
