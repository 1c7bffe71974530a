/// A height and a width in pixels; a number stands for a square.
public struct Extent: Sendable, Equatable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// Pixels from top to bottom.
    public var height: Int
    /// Pixels from left to right.
    public var width: Int

    /// Creates a height and a width.
    public init(_ height: Int, _ width: Int) { (self.height, self.width) = (height, width) }
    /// Creates a square.
    public init(_ side: Int) { self.init(side, side) }
    /// Creates a square.
    public init(integerLiteral side: Int) { self.init(side, side) }

    /// The number of pixels.
    public var area: Int { height * width }
    /// Height by width, such as "3×5".
    public var description: String { "\(height)×\(width)" }
}

/// A window that slides over an image: what convolutions and pooling look through.
public struct Window: Sendable, Equatable {
    /// How many pixels are seen, as kernel.height × kernel.width taps.
    public var kernel: Extent
    /// From one position to the next.
    public var stride: Extent
    /// Zeros around the image, on each side.
    public var padding: Extent
    /// From one tap to the next.
    public var dilation: Extent

    /// Creates a window.
    public init(_ kernel: Extent, stride: Extent = 1, padding: Extent = 0, dilation: Extent = 1) {
        (self.kernel, self.stride, self.padding, self.dilation) = (kernel, stride, padding, dilation)
    }

    func vertical(over image: Extent) -> WindowAxis {
        WindowAxis(
            taps: kernel.height, stride: stride.height, padding: padding.height, dilation: dilation.height,
            pixels: image.height)
    }

    func horizontal(over image: Extent) -> WindowAxis {
        WindowAxis(
            taps: kernel.width, stride: stride.width, padding: padding.width, dilation: dilation.width,
            pixels: image.width)
    }

    /// Returns at how many places the window fits, ⌊(n + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1 a side.
    public func positions(over image: Extent) -> Extent {
        Extent(vertical(over: image).positions, horizontal(over: image).positions)
    }

    /// Returns an image over which the window has that many positions: the output of a transposed convolution.
    ///
    /// A side is (n − 1)·stride − 2·padding + dilation·(kernel − 1) + 1 + outputPadding, where outputPadding < stride.
    public func image(of positions: Extent, outputPadding: Extent = 0) -> Extent {
        let (vertical, horizontal) = (vertical(over: positions), horizontal(over: positions))
        return Extent(
            vertical.pixels(under: positions.height) + outputPadding.height,
            horizontal.pixels(under: positions.width) + outputPadding.width)
    }

    /// What keeps the window from sliding over an image, in one line; `nil` if nothing does.
    public func flaw(over image: Extent) -> String? {
        func within(_ extent: Extent, _ least: Int) -> Bool {
            // Products of a few such numbers fit into an Int.
            min(extent.height, extent.width) >= least && max(extent.height, extent.width) <= 1 << 15
        }
        guard within(image, 1) else { return "expected an image of 1 to 32768 pixels a side, found \(image)" }
        guard within(kernel, 1) else { return "expected a kernel of 1 to 32768 pixels a side, found \(kernel)" }
        guard within(stride, 1), within(dilation, 1), within(padding, 0) else {
            return "expected stride and dilation of at least 1 and padding of at least 0, found stride \(stride), "
                + "dilation \(dilation) and padding \(padding)"
        }
        let positions = positions(over: image)
        guard min(positions.height, positions.width) >= 1 else {
            return "a kernel of \(kernel) with dilation \(dilation) does not fit into an image of \(image) with "
                + "padding \(padding)"
        }
        return nil
    }
}

/// One side of a window over one side of an image.
struct WindowAxis {
    let taps: Int
    let stride: Int
    let padding: Int
    let dilation: Int
    let pixels: Int

    var positions: Int {
        let room = pixels + 2 * padding - dilation * (taps - 1) - 1
        return room < 0 ? 0 : room / stride + 1
    }

    /// The fewest pixels that give so many positions.
    func pixels(under positions: Int) -> Int { (positions - 1) * stride - 2 * padding + dilation * (taps - 1) + 1 }

    /// The pixel that a tap sees.
    func pixel(_ position: Int, _ tap: Int) -> Int { position * stride - padding + tap * dilation }

    /// The taps that see a pixel, not padding.
    func inside(_ position: Int) -> Range<Int> {
        let start = pixel(position, 0)
        let first = start < 0 ? min((-start + dilation - 1) / dilation, taps) : 0
        let end = start < pixels ? min((pixels - start + dilation - 1) / dilation, taps) : 0
        return first..<max(first, end)
    }
}
