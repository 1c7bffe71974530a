package import Autograd
package import Models
public import Tensors

/// A generator that draws what one asks for: images of codes that the adversary chooses.
public struct LatentQueries: Access {
    private let victim: Model
    private let meter: QueryMeter

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) { (self.victim, self.meter) = (victim.model, meter) }

    /// The dimension of a code; codes are standard normal when the generator is left to itself.
    ///
    /// - Throws: ``ThreatModelError`` when the victim generates no images.
    public var latents: Int { get throws(ThreatModelError) { try victim.generator().latents } }

    /// Returns the image of each code, shape [codes.rows, pixels], values in [0, 1].
    ///
    /// - Shapes: codes [count, `latents`].
    /// - Throws: ``ThreatModelError`` when the victim generates no images, its codes are of another width, or the
    ///   budget is exhausted.
    public func images(of codes: Tensor) throws(ThreatModelError) -> Tensor {
        let generator = try victim.generator()
        guard codes.columns == generator.latents else {
            throw .mismatch("codes \(codes.shape) of a generator that takes \(generator.latents) numbers")
        }
        try meter.charge(codes.rows)
        // The layers of convolutions are large, so those are drawn in batches.
        let batch = victim.architecture.imageSize == nil ? max(codes.rows, 1) : 256
        return evaluate(victim.parameters, on: Records(features: codes), batch: batch) {
            generator.draw($0.tape.constant($1.requiredFeatures), $0)
        }
    }
}

/// The generating part of a model, as a function on a tape.
package struct Generator {
    /// The dimension of a code.
    package let latents: Int
    /// The image of each code, in [0, 1].
    package let draw: (Variable, BoundParameters) -> Variable
}

extension Model {
    /// The generating part.
    ///
    /// - Throws: ``ThreatModelError/unsupported(_:family:)`` when there is none, or it reads a class besides.
    package func generator() throws(ThreatModelError) -> Generator {
        switch architecture {
        case .generativeAdversarialNetwork(let network):
            return Generator(latents: network.latents) { network.generate($0, $1) }
        case .variationalAutoencoder(let network) where network.classes == 0:
            return Generator(latents: network.latents) { activate(network.decode($0, $1), .sigmoid) }
        case .variationalAutoencoder:
            throw .unsupported("generator by codes alone: it reads a class, too", family: architecture.family)
        default: throw .unsupported("generator of images", family: architecture.family)
        }
    }
}
