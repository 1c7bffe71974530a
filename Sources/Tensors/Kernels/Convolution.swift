/// Two-dimensional convolution (cross-correlation, as is the habit) of a batch of images, and its adjoints.
///
/// Images are [batch, height, width, channels]: in matrix form one row per pixel. Weights are [outputs, kernel height,
/// kernel width, channels/groups]. What the window sees at each position becomes a row of a patch matrix, for a few
/// hundred rows at a time so that they stay in the cache, and the rest is products; where `WinogradConvolution` needs
/// fewer, it does them. The columns of a patch are ordered as the weights are, group by group; where it holds a run of
/// pixels of one image row, that is copied as one.
public struct ConvolutionShape: Sendable, Equatable {
    /// Images in the batch.
    public let batch: Int
    /// The extent of an image.
    public let image: Extent
    /// Channels of an image.
    public let channels: Int
    /// Channels of the result.
    public let outputs: Int
    /// Groups of channels that do not see each other.
    public let groups: Int
    /// What slides over the images.
    public let window: Window
    /// The extent of the result.
    public let positions: Extent

    /// Creates a shape, which may be impossible: see `flaw`.
    public init(batch: Int, image: Extent, channels: Int, outputs: Int, window: Window, groups: Int = 1) {
        (self.batch, self.image, self.channels, self.outputs) = (batch, image, channels, outputs)
        (self.groups, self.window) = (groups, window)
        positions = window.flaw(over: image) == nil ? window.positions(over: image) : 0
    }

    /// What makes the shape impossible, in one line; `nil` if nothing does.
    public var flaw: String? {
        if let flaw = window.flaw(over: image) { return flaw }
        guard batch >= 0, channels > 0, outputs > 0, groups > 0 else {
            return "expected at least one channel, output and group, found \(channels), \(outputs) and \(groups)"
        }
        guard channels % groups == 0, outputs % groups == 0 else {
            return "expected channels and outputs that are multiples of \(groups) groups, found \(channels) and "
                + "\(outputs)"
        }
        return nil
    }

    /// The shape of the images.
    public var imageShape: [Int] { [batch, image.height, image.width, channels] }
    /// The shape of the result.
    public var outputShape: [Int] { [batch, positions.height, positions.width, outputs] }
    /// The shape of the weights.
    public var weightShape: [Int] { [outputs, window.kernel.height, window.kernel.width, groupChannels] }

    var groupChannels: Int { channels / groups }
    var groupOutputs: Int { outputs / groups }
    /// Columns of a patch that one group sees.
    var groupColumns: Int { window.kernel.area * groupChannels }
    /// Columns of a patch.
    var columns: Int { window.kernel.area * channels }
    /// Rows of positions in the batch; work is cut between them.
    var lines: Int { batch * positions.height }
}

extension ConvolutionShape {
    /// Returns the convolution of images.
    ///
    /// - Shapes: x [batch, height, width, channels], w as `weightShape` → `outputShape`.
    /// - Complexity: O(positions·columns·outputs/groups), one product per group and block of patches.
    public func forward(_ x: Tensor, _ w: Tensor) -> Tensor {
        check(image: x, weight: w)
        if isProduct {
            return matmul(matrix(x, columns), matrix(w, columns), transposing: .right).reshaped(outputShape)
        }
        if let fast = WinogradConvolution(self) { return fast.forward(x, w) }
        let y = Tensor(uninitialised: outputShape)
        concurrently(Pieces(ofLarge: lines, grain: grain)) { piece in
            unsafe forEachBlock(of: piece, x) { block, patches in
                let rows = block.count * positions.width
                let target = unsafe y.storage.base + block.lowerBound * positions.width * outputs
                for group in 0..<groups {
                    unsafe product(
                        false, true, rows, groupOutputs, groupColumns, 1, patches + group * groupColumns, columns,
                        w.pointer + group * groupOutputs * groupColumns, groupColumns, 0,
                        target + group * groupOutputs, outputs)
                }
            }
        }
        return y
    }

    /// Writes (β = 0) or adds (β = 1) the gradient with respect to the images; also the transposed convolution of dy.
    ///
    /// - Shapes: dy as `outputShape`, w as `weightShape`, dx [batch, height, width, channels].
    public func imageGradient(_ dy: Tensor, _ w: Tensor, into dx: inout Tensor, beta: Float) {
        check(image: dx, weight: w, output: dy)
        if isProduct {
            return dx.asMatrix(columns) { gemm(matrix(dy, outputs), matrix(w, columns), into: &$0, beta: beta) }
        }
        if let fast = WinogradConvolution(self) {
            if beta == 0 { dx.scale(by: 0) }
            return unsafe fast.addImageGradient(dy, w, to: dx.mutablePointer())
        }
        let target = unsafe dx.mutablePointer()
        concurrently(Pieces(ofLarge: batch, grain: grain / positions.height)) { images in
            let piece = images.lowerBound * positions.height..<images.upperBound * positions.height
            let size = image.area * channels
            if beta == 0 {
                unsafe (target + images.lowerBound * size).update(repeating: 0, count: images.count * size)
            }
            unsafe Scratch.with(patchRoom(for: piece)) { patches in
                forEachRange(of: piece) { block in
                    unsafe patchGradient(block, dy, w, patches)
                    unsafe scatter(patches, of: block, into: target)
                }
            }
        }
    }

    /// The gradient with respect to the patches of some lines.
    private func patchGradient(
        _ block: Range<Int>, _ dy: Tensor, _ w: Tensor, _ patches: UnsafeMutablePointer<Float>
    ) {
        let source = unsafe dy.pointer + block.lowerBound * positions.width * outputs
        for group in 0..<groups {
            unsafe product(
                false, false, block.count * positions.width, groupColumns, groupOutputs, 1,
                source + group * groupOutputs, outputs, w.pointer + group * groupOutputs * groupColumns, groupColumns,
                0, patches + group * groupColumns, columns)
        }
    }

    /// Writes (β = 0) or adds (β = 1) the gradient with respect to the weights.
    ///
    /// - Shapes: dy as `outputShape`, x [batch, height, width, channels], dw as `weightShape`.
    public func weightGradient(_ dy: Tensor, _ x: Tensor, into dw: inout Tensor, beta: Float) {
        check(image: x, weight: dw, output: dy)
        if isProduct {
            return dw.asMatrix(columns) {
                gemm(matrix(dy, outputs), matrix(x, columns), transposing: .left, into: &$0, beta: beta)
            }
        }
        if let fast = WinogradConvolution(self) { return fast.weightGradient(dy, x, into: &dw, beta: beta) }
        // A piece has 512 positions at least, so that adding its gradient up is little beside computing it.
        let pieces = Pieces(ofLarge: lines, grain: max(grain, 512 / positions.width))
        guard pieces.count > 1 else {
            return unsafe addWeightGradient(of: 0..<lines, dy, x, dw.mutablePointer(), beta: beta)
        }
        let partial = Tensor(uninitialised: [pieces.count, dw.count])
        concurrently(pieces.count) { index in
            let target = unsafe partial.storage.base + index * partial.columns
            unsafe addWeightGradient(of: pieces[index], dy, x, target, beta: 0)
        }
        partial.sumRows(into: &dw, beta: beta)
    }

    /// dw ← β·dw + the gradient over some lines.
    func addWeightGradient(
        of lines: Range<Int>, _ dy: Tensor, _ x: Tensor, _ dw: UnsafeMutablePointer<Float>, beta: Float
    ) {
        var beta = beta
        if lines.isEmpty, beta == 0 { unsafe dw.update(repeating: 0, count: outputs * groupColumns) }
        unsafe forEachBlock(of: lines, x) { block, patches in
            let source = unsafe dy.pointer + block.lowerBound * positions.width * outputs
            for group in 0..<groups {
                unsafe product(
                    true, false, groupOutputs, groupColumns, block.count * positions.width, 1,
                    source + group * groupOutputs, outputs, patches + group * groupColumns, columns, beta,
                    dw + group * groupOutputs * groupColumns, groupColumns)
            }
            beta = 1
        }
    }

    private func check(image x: Tensor, weight w: Tensor, output y: Tensor? = nil) {
        precondition(flaw == nil, "convolution: \(flaw ?? "")")
        func fits(_ tensor: Tensor, _ shape: [Int]) -> Bool {
            tensor.count == shape.reduce(1, *) && tensor.columns == shape.last
        }
        precondition(fits(x, imageShape), "convolution: images \(x.shape), expected \(imageShape)")
        precondition(fits(w, weightShape), "convolution: weights \(w.shape), expected \(weightShape)")
        precondition(y.map { fits($0, outputShape) } ?? true, "convolution: \(y?.shape ?? []), expected \(outputShape)")
    }
}

/// Patches: what the window sees at each position, one row each.
extension ConvolutionShape {
    /// Whether the images, read in order, are their own patch matrix: a kernel of one pixel, or one as large as they.
    var patchesAreImages: Bool {
        guard window.padding == 0 else { return false }
        if window.kernel == 1 { return window.stride == 1 }
        return window.kernel == image && window.dilation == 1 && groups == 1
    }

    /// Whether all there is to do is one product of matrices.
    private var isProduct: Bool { patchesAreImages && groups == 1 }

    private func matrix(_ tensor: Tensor, _ columns: Int) -> Tensor {
        tensor.reshaped([tensor.count / columns, columns])
    }

    /// Writes the patches of some lines, one position a row, and up to 15 floats beyond.
    ///
    /// - Shapes: x [batch, height, width, channels] → [positions, groups·kernel height·kernel width·channels/groups].
    func copyPatches(_ x: Tensor, _ lines: Range<Int>, to target: UnsafeMutablePointer<Float>) {
        if patchesAreImages {
            let size = positions.width * columns
            unsafe target.update(from: x.pointer + lines.lowerBound * size, count: lines.count * size)
        } else {
            unsafe gather(x, lines, into: target)
        }
    }

    /// The fewest lines that are worth a thread: half a million multiply-adds, copying a number counting as sixteen.
    private var grain: Int { max(1, (1 << 19) / max(1, positions.width * columns * (groupOutputs + 16))) }

    /// Lines whose patches take about 1 MiB, but at least 128 positions so that products are worth their packing.
    private var blockLines: Int { max(1, max(128, (1 << 18) / columns) / max(1, positions.width)) }

    /// Room for the patches of a block of `piece`, and for the vector that runs over at its end.
    private func patchRoom(for piece: Range<Int>) -> Int {
        min(blockLines, piece.count) * positions.width * columns + 16
    }

    private func forEachRange(of piece: Range<Int>, _ body: (Range<Int>) -> Void) {
        for start in stride(from: piece.lowerBound, to: piece.upperBound, by: blockLines) {
            body(start..<min(start + blockLines, piece.upperBound))
        }
    }

    /// Calls `body` with consecutive blocks of lines and their patches.
    private func forEachBlock(of piece: Range<Int>, _ x: Tensor, _ body: (Range<Int>, UnsafePointer<Float>) -> Void) {
        guard !piece.isEmpty else { return }
        if patchesAreImages { return unsafe body(piece, x.pointer + piece.lowerBound * positions.width * columns) }
        unsafe Scratch.with(patchRoom(for: piece)) { patches in
            forEachRange(of: piece) { block in
                unsafe gather(x, block, into: patches)
                unsafe body(block, patches)
            }
        }
    }

    /// Writes the patches of some lines, and up to 15 floats beyond.
    ///
    /// Runs are copied in whole vectors, in order: what one writes beyond its end, the next overwrites.
    private func gather(_ x: Tensor, _ block: Range<Int>, into patches: UnsafeMutablePointer<Float>) {
        let (source, capacity) = unsafe (x.pointer, x.storage.capacity)
        let (kernel, run) = (window.kernel, window.kernel.width * channels)
        let below = window.dilation.height * image.width * channels
        let reach = (kernel.height - 1) * below + (run + 15) / 16 * 16
        var to = unsafe patches
        forEachPosition(of: block) { place in
            let offset = (place.top * image.width + place.left) * channels
            if isJoined, place.tapRows.count == kernel.height, place.taps.count == kernel.width,
                offset + reach <= capacity
            {
                for row in 0..<kernel.height { unsafe map(source + offset + row * below, to + row * run, run) { $0 } }
            } else {
                unsafe gatherAtBorder(source, capacity, place, into: to)
            }
            unsafe to += columns
        }
    }

    /// Writes the patch of one position with the padding that it sees.
    private func gatherAtBorder(
        _ source: UnsafePointer<Float>, _ capacity: Int, _ place: Place, into patch: UnsafeMutablePointer<Float>
    ) {
        var filled = 0
        forEachRun(of: place) { start, pixel, count in
            unsafe fillZeros(patch + filled, start - filled)
            filled = start + count
            let (from, to) = unsafe (source + pixel, patch + start)
            if pixel + (count + 15) / 16 * 16 <= capacity {
                unsafe map(from, to, count) { $0 }
            } else {
                for i in 0..<count { unsafe to[i] = from[i] }
            }
        }
        unsafe fillZeros(patch + filled, columns - filled)
    }

    /// Adds the patches of some lines to the pixels that they were taken from.
    private func scatter(
        _ patches: UnsafePointer<Float>, of block: Range<Int>, into target: UnsafeMutablePointer<Float>
    ) {
        var patch = unsafe patches
        forEachPosition(of: block) { place in
            forEachRun(of: place) { start, pixel, count in unsafe addRun(patch + start, target + pixel, count) }
            unsafe patch += columns
        }
    }

    /// Whether the taps of a row of the kernel lie side by side in an image.
    private var isJoined: Bool { groups == 1 && window.dilation.width == 1 }

    /// Where the window stands: the pixel of its first tap, which may be padding, and the taps that see pixels.
    ///
    /// Rows of pixels are counted through all images.
    private struct Place {
        let top: Int
        let left: Int
        let tapRows: Range<Int>
        let taps: Range<Int>
    }

    /// Calls `body` with the places of the window in some lines.
    @inline(__always)
    private func forEachPosition(of block: Range<Int>, _ body: (Place) -> Void) {
        let (vertical, horizontal) = (window.vertical(over: image), window.horizontal(over: image))
        for line in block {
            let (picture, row) = line.quotientAndRemainder(dividingBy: positions.height)
            let (top, tapRows) = (picture * image.height + vertical.pixel(row, 0), vertical.inside(row))
            for position in 0..<positions.width {
                body(
                    Place(
                        top: top, left: horizontal.pixel(position, 0), tapRows: tapRows,
                        taps: horizontal.inside(position)))
            }
        }
    }

    /// Calls `body` with each run of pixels that lie side by side both in a patch and in an image.
    ///
    /// `body` receives the offset in the patch, which ascends, the offset in the images, and the number of floats. What
    /// no run covers is padding.
    @inline(__always)
    private func forEachRun(of place: Place, _ body: (Int, Int, Int) -> Void) {
        let (kernel, dilation, width) = (window.kernel, window.dilation, groupChannels)
        let left = place.left + place.taps.lowerBound * dilation.width
        for group in 0..<groups {
            for tapRow in place.tapRows {
                let start = group * groupColumns + (tapRow * kernel.width + place.taps.lowerBound) * width
                let pixel = (place.top + tapRow * dilation.height) * image.width + left
                let offset = pixel * channels + group * width
                if isJoined {
                    body(start, offset, place.taps.count * width)
                } else {
                    for tap in 0..<place.taps.count {
                        body(start + tap * width, offset + tap * dilation.width * channels, width)
                    }
                }
            }
        }
    }
}

extension Tensor {
    /// Lets `body` change the elements in place under the shape [count/columns, columns].
    fileprivate mutating func asMatrix(_ columns: Int, _ body: (inout Tensor) -> Void) {
        let shape = shape
        var matrix = reshaped([count / columns, columns])
        self = Tensor(uninitialised: [0])
        body(&matrix)
        self = matrix.reshaped(shape)
    }
}

/// Writes zeros, in whole vectors.
@inline(__always)
private func fillZeros(_ target: UnsafeMutablePointer<Float>, _ count: Int) {
    var i = 0
    while i < count {
        unsafe store(Vector(repeating: 0), target + i)
        i += 16
    }
}

/// to[i] += from[i], by sixteen, by four and one by one: runs of a few pixels are short.
@inline(__always)
private func addRun(_ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ count: Int) {
    var i = 0
    while i + 16 <= count {
        unsafe store(load(to + i) + load(from + i), to + i)
        i += 16
    }
    while i + 4 <= count {
        let sum =
            unsafe UnsafeRawPointer(to + i).loadUnaligned(as: SIMD4<Float>.self)
            + UnsafeRawPointer(from + i).loadUnaligned(as: SIMD4<Float>.self)
        unsafe UnsafeMutableRawPointer(to + i).storeBytes(of: sum, as: SIMD4<Float>.self)
        i += 4
    }
    while i < count {
        unsafe to[i] += from[i]
        i += 1
    }
}
