/// How the pixels of an image of another size are found.
public enum Resampling: String, Codable, Sendable, CaseIterable {
    /// The pixel at ⌊i·from/to⌋.
    case nearest
    /// Between the two pixels around (i + ½)·from/to − ½ on each side: corners are not aligned.
    case bilinear
}

/// Resampling of a batch of images [batch, height, width, channels] to another size, and its adjoint.
public struct ResamplingShape: Sendable, Equatable {
    /// Images in the batch.
    public let batch: Int
    /// The extent of an image.
    public let image: Extent
    /// Channels of an image and of the result.
    public let channels: Int
    /// The extent of the result.
    public let target: Extent
    /// How pixels are found.
    public let method: Resampling

    /// Creates a shape.
    public init(batch: Int, image: Extent, channels: Int, target: Extent, method: Resampling) {
        (self.batch, self.image, self.channels, self.target) = (batch, image, channels, target)
        self.method = method
    }

    /// The shape of the images.
    public var imageShape: [Int] { [batch, image.height, image.width, channels] }
    /// The shape of the result.
    public var outputShape: [Int] { [batch, target.height, target.width, channels] }

    /// Returns the images in the other size.
    ///
    /// - Shapes: x [batch, height, width, channels] → `outputShape`.
    public func forward(_ x: Tensor) -> Tensor {
        check(image: x)
        let y = Tensor.zeros(outputShape)
        concurrently(Pieces(ofLarge: batch * target.height, grain: grain)) { lines in
            forEachShare(of: lines) { place, pixel, share in
                unsafe addMultiple(share, x.pointer + pixel, y.storage.base + place, channels)
            }
        }
        return y
    }

    /// Writes (β = 0) or adds (β = 1) the gradient with respect to the images.
    ///
    /// - Shapes: dy as `outputShape`, dx [batch, height, width, channels].
    public func gradient(_ dy: Tensor, into dx: inout Tensor, beta: Float) {
        check(image: dx)
        precondition(dy.count == outputShape.reduce(1, *), "resampling: \(dy.shape), expected \(outputShape)")
        dx.scale(by: beta)
        let result = unsafe dx.mutablePointer()
        concurrently(Pieces(ofLarge: batch, grain: grain / target.height)) { images in
            forEachShare(of: images.lowerBound * target.height..<images.upperBound * target.height) {
                place, pixel, share in
                unsafe addMultiple(share, dy.pointer + place, result + pixel, channels)
            }
        }
    }

    private func check(image x: Tensor) {
        precondition(
            min(image.height, image.width, target.height, target.width, channels) > 0,
            "resampling: \(imageShape) to \(outputShape)")
        precondition(
            x.count == imageShape.reduce(1, *) && x.columns == channels,
            "resampling: \(x.shape), expected \(imageShape)")
    }

    /// The fewest rows of the result that are worth a thread.
    private var grain: Int { max(1, (1 << 12) / (target.width * channels)) }

    /// Calls `body` with each pixel of the result, each pixel of the image that it is made of, and the latter's share.
    @inline(__always)
    private func forEachShare(of lines: Range<Int>, _ body: (_ place: Int, _ pixel: Int, _ share: Float) -> Void) {
        let vertical = (0..<target.height).map { Mixture(of: $0, image.height, target.height, method) }
        let horizontal = (0..<target.width).map { Mixture(of: $0, image.width, target.width, method) }
        for line in lines {
            let (picture, row) = line.quotientAndRemainder(dividingBy: target.height)
            for down in 0..<2 where vertical[row].share(down) > 0 {
                let start = (picture * image.height + vertical[row].pixel(down)) * image.width
                for column in 0..<target.width {
                    let place = (line * target.width + column) * channels
                    for across in 0..<2 where horizontal[column].share(across) > 0 {
                        let share = vertical[row].share(down) * horizontal[column].share(across)
                        body(place, (start + horizontal[column].pixel(across)) * channels, share)
                    }
                }
            }
        }
    }
}

/// The one or two neighbours that a place of one side of the result is made of.
private struct Mixture {
    private let first: Int
    private let second: Int
    /// The share of the second.
    private let fraction: Float

    /// Place `place` of `places`, resampled from `pixels`.
    init(of place: Int, _ pixels: Int, _ places: Int, _ method: Resampling) {
        switch method {
        case .nearest: (first, second, fraction) = (place * pixels / places, 0, 0)
        case .bilinear:
            let position = max(0, (Double(place) + 0.5) * Double(pixels) / Double(places) - 0.5)
            first = min(Int(position), pixels - 1)
            second = min(first + 1, pixels - 1)
            fraction = Float(position - Double(first))
        }
    }

    func pixel(_ neighbour: Int) -> Int { neighbour == 0 ? first : second }
    func share(_ neighbour: Int) -> Float { neighbour == 0 ? 1 - fraction : fraction }
}
