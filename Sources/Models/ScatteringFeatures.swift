import Autograd
import Synchronization
public import Tensors

/// The fixed front of a classifier that reads images through a scattering transform.
///
/// It has no parameters, and what it makes of an image depends on no other image, so it costs no privacy. Each group of
/// consecutive channels of an image is brought to mean 0 and variance 1, which takes no statistics of the data either.
/// - Source: Tramèr and Boneh 2021, who find 27 groups best for Fashion-MNIST.
/// - Complexity: about 9 million multiply-adds for an image of 28×28.
public struct ScatteringFeatures: Codable, Sendable, Equatable {
    /// The height of the images.
    public var height: Int
    /// The width of the images.
    public var width: Int
    /// How many groups the 81 channels are normalised in; a divisor of 81.
    public var groups: Int

    /// Creates a front.
    public init(height: Int, width: Int, groups: Int = 27) {
        (self.height, self.width, self.groups) = (height, width, groups)
    }

    /// Channels of the features.
    public static var channels: Int { Scattering.channels }

    /// Whether images have a transform and the groups divide the channels.
    public var isSound: Bool {
        let isBounded = (1...65_536).contains(height) && (1...65_536).contains(width)
        return isBounded && Scattering.fits(Extent(height, width)) && (1...Self.channels).contains(groups)
            && Self.channels.isMultiple(of: groups)
    }

    /// The extent of the features: a quarter of the images', rounded down.
    public var extent: Extent { Extent(height / 4, width / 4) }

    /// The number of pixels of an image.
    public var inputs: Int { height * width }

    /// The number of features of an image, always more than it has pixels.
    public var outputs: Int { extent.area * Self.channels }

    /// Returns the normalised features of each image.
    ///
    /// - Shapes: images [count, inputs] → [count, outputs], position by position.
    public func callAsFunction(_ images: Tensor) -> Tensor {
        let scattered = Self.transform(Extent(height, width))(images)
        let tape = Tape(.inference)
        let ones = tape.constant(Tensor(repeating: 1, shape: [Self.channels]))
        let normalised = groupNormalise(
            tape.constant(scattered), gain: ones, bias: tape.constant(.zeros([Self.channels])), groups: groups)
        return normalised.value.reshaped([images.rows, outputs])
    }

    /// The transforms made so far: their filters take longer than a batch of images.
    private static let transforms = Mutex<[[Int]: Scattering]>([:])

    private static func transform(_ image: Extent) -> Scattering {
        transforms.withLock { known in
            if let found = known[[image.height, image.width]] { return found }
            let made = Scattering(image)
            known[[image.height, image.width]] = made
            return made
        }
    }
}
