/// The maximum or the mean of what a window sees, channel by channel.
///
/// Images are [batch, height, width, channels], so a pixel's channels are vectors side by side. Padding counts as −∞ in
/// a maximum and as 0 in a mean, which always divides by the kernel's area.
public struct PoolingShape: Sendable, Equatable {
    /// Images in the batch.
    public let batch: Int
    /// The extent of an image.
    public let image: Extent
    /// Channels of an image and of the result.
    public let channels: Int
    /// What slides over the images.
    public let window: Window
    /// The extent of the result.
    public let positions: Extent

    /// Creates a shape, which may be impossible: see `flaw`.
    public init(batch: Int, image: Extent, channels: Int, window: Window) {
        (self.batch, self.image, self.channels, self.window) = (batch, image, channels, window)
        positions = window.flaw(over: image) == nil ? window.positions(over: image) : 0
    }

    /// What makes the shape impossible, in one line; `nil` if nothing does.
    public var flaw: String? {
        if let flaw = window.flaw(over: image) { return flaw }
        let (padding, kernel) = (window.padding, window.kernel)
        guard 2 * padding.height <= kernel.height, 2 * padding.width <= kernel.width else {
            return "expected a padding of at most half the kernel of \(kernel), found \(padding)"
        }
        guard window.dilation == 1 else { return "expected a dilation of 1, found \(window.dilation)" }
        return nil
    }

    /// The shape of the images.
    public var imageShape: [Int] { [batch, image.height, image.width, channels] }
    /// The shape of the result.
    public var outputShape: [Int] { [batch, positions.height, positions.width, channels] }

    /// Returns the maximum of what the window sees; NaN if that is among it.
    ///
    /// - Shapes: x [batch, height, width, channels] → `outputShape`.
    public func maximum(_ x: Tensor) -> Tensor {
        check(image: x)
        let y = Tensor(repeating: -.infinity, shape: outputShape)
        concurrently(Pieces(ofLarge: batch * positions.height, grain: grain)) { lines in
            forEachTap(of: lines) { position, pixel in
                let (from, to) = unsafe (x.pointer + pixel, y.storage.base + position)
                forEachVector(channels) { i in
                    let (a, b) = unsafe (load(from + i), load(to + i))
                    unsafe store(b.replacing(with: a, where: (a .> b) .| (a .!= a)), to + i)
                } tail: { i, lanes in
                    for lane in i..<i + lanes where unsafe from[lane] > to[lane] || from[lane].isNaN {
                        unsafe to[lane] = from[lane]
                    }
                }
            }
        }
        return y
    }

    /// Writes (β = 0) or adds (β = 1) the gradient of the maximum with respect to the images: the first of equals
    /// receives it.
    ///
    /// - Shapes: dy and y as `outputShape`, x and dx [batch, height, width, channels].
    public func maximumGradient(_ dy: Tensor, x: Tensor, y: Tensor, into dx: inout Tensor, beta: Float) {
        check(image: x, output: dy)
        precondition(dx.count == x.count && y.count == dy.count, "pooling: \(dx.shape) and \(y.shape)")
        dx.scale(by: beta)
        var left = dy
        let (target, rest) = unsafe (dx.mutablePointer(), left.mutablePointer())
        let zero = Vector(repeating: 0)
        forEachImage { lines in
            forEachTap(of: lines) { position, pixel in
                let (a, b) = unsafe (x.pointer + pixel, y.pointer + position)
                let (from, to) = unsafe (rest + position, target + pixel)
                forEachVector(channels) { i in
                    let (isMaximum, d) = unsafe (load(a + i) .== load(b + i), load(from + i))
                    unsafe store(load(to + i) + zero.replacing(with: d, where: isMaximum), to + i)
                    unsafe store(d.replacing(with: zero, where: isMaximum), from + i)
                } tail: { i, lanes in
                    for lane in i..<i + lanes where unsafe a[lane] == b[lane] {
                        unsafe to[lane] += from[lane]
                        unsafe from[lane] = 0
                    }
                }
            }
        }
    }

    /// Returns the mean of what the window sees.
    ///
    /// - Shapes: x [batch, height, width, channels] → `outputShape`.
    public func mean(_ x: Tensor) -> Tensor {
        check(image: x)
        let y = Tensor.zeros(outputShape)
        let share = 1 / Float(window.kernel.area)
        concurrently(Pieces(ofLarge: batch * positions.height, grain: grain)) { lines in
            forEachTap(of: lines) { position, pixel in
                unsafe addMultiple(share, x.pointer + pixel, y.storage.base + position, channels)
            }
        }
        return y
    }

    /// Writes (β = 0) or adds (β = 1) the gradient of the mean with respect to the images.
    ///
    /// - Shapes: dy as `outputShape`, dx [batch, height, width, channels].
    public func meanGradient(_ dy: Tensor, into dx: inout Tensor, beta: Float) {
        check(image: dx, output: dy)
        dx.scale(by: beta)
        let target = unsafe dx.mutablePointer()
        let share = 1 / Float(window.kernel.area)
        forEachImage { lines in
            forEachTap(of: lines) { position, pixel in
                unsafe addMultiple(share, dy.pointer + position, target + pixel, channels)
            }
        }
    }

    private func check(image x: Tensor, output y: Tensor? = nil) {
        precondition(flaw == nil, "pooling: \(flaw ?? "")")
        precondition(
            x.count == imageShape.reduce(1, *) && x.columns == channels, "pooling: \(x.shape), expected \(imageShape)")
        precondition(
            y.map { $0.count == outputShape.reduce(1, *) } ?? true,
            "pooling: \(y?.shape ?? []), expected \(outputShape)")
    }

    /// The fewest rows of positions that are worth a thread.
    private var grain: Int { max(1, (1 << 14) / (positions.width * channels * window.kernel.area)) }

    /// Calls `body` with the rows of positions of some whole images, so that its pieces write disjoint pixels.
    private func forEachImage(_ body: (Range<Int>) -> Void) {
        concurrently(Pieces(ofLarge: batch, grain: grain / positions.height)) { images in
            body(images.lowerBound * positions.height..<images.upperBound * positions.height)
        }
    }

    /// Calls `body` with each position and each pixel that it sees, as offsets of their channels.
    @inline(__always)
    private func forEachTap(of lines: Range<Int>, _ body: (_ position: Int, _ pixel: Int) -> Void) {
        let (vertical, horizontal) = (window.vertical(over: image), window.horizontal(over: image))
        for line in lines {
            let (picture, row) = line.quotientAndRemainder(dividingBy: positions.height)
            for tapRow in vertical.inside(row) {
                let start = (picture * image.height + vertical.pixel(row, tapRow)) * image.width
                for column in 0..<positions.width {
                    let position = (line * positions.width + column) * channels
                    for tap in horizontal.inside(column) {
                        body(position, (start + horizontal.pixel(column, tap)) * channels)
                    }
                }
            }
        }
    }
}
