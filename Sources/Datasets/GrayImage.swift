/// One grey image.
public struct GrayImage: Sendable, Equatable {
    /// Pixels per row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// Row by row from the top left; 0 is black, 255 white.
    public let pixels: [UInt8]

    /// Creates an image.
    ///
    /// - Precondition: `pixels` has `width * height` values.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(pixels.count == width * height, "an image of \(width)x\(height) with \(pixels.count) pixels")
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }

    /// Creates an image from interleaved channels: grey, or red, green and blue by BT.601; the rest is ignored.
    init(width: Int, height: Int, channels: Int, samples: [UInt8]) {
        let gray = stride(from: 0, to: width * height * channels, by: channels).map { start in
            guard channels >= 3 else { return samples[start] }
            let (red, green, blue) = (Int(samples[start]), Int(samples[start + 1]), Int(samples[start + 2]))
            return UInt8((299 * red + 587 * green + 114 * blue + 500) / 1000)
        }
        self.init(width: width, height: height, pixels: gray)
    }
}
