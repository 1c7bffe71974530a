package import Autograd
package import Models
public import Tensors

/// A generator that draws what one asks for: images of codes that the adversary chooses.
public struct LatentQueries: Access {
    /// What can be asked over an interface.
    public static let served: Operation? = .decode
    private let service: MeteredService

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) { service = MeteredService(victim, meter) }

    /// The dimension of a code; codes are standard normal when the generator is left to itself.
    ///
    /// - Throws: ``ThreatModelError`` when the victim generates no images.
    public var latents: Int {
        get throws(ThreatModelError) {
            // A decoder that draws nothing by itself, an autoencoder's, is no generator.
            _ = try service.card(for: .sample)
            return try service.card(for: .decode).latents ?? 0
        }
    }

    /// Returns the image of each code, shape [codes.rows, pixels], values in [0, 1].
    ///
    /// - Shapes: codes [count, `latents`].
    /// - Throws: ``ThreatModelError`` when the victim generates no images, its codes are of another width, or the
    ///   budget is exhausted.
    public func images(of codes: Tensor) throws(ThreatModelError) -> Tensor {
        let latents = try latents
        guard codes.columns == latents else {
            throw .mismatch("codes \(codes.shape) of a generator that takes \(latents) numbers")
        }
        return try service.vectors(.decode(codes))
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

    /// The decoding part: a generator, or what turns codes back into images and draws nothing by itself.
    ///
    /// - Throws: ``ThreatModelError/unsupported(_:family:)`` when there is none, or it reads a class besides.
    func decoder() throws(ThreatModelError) -> Generator {
        switch architecture {
        case .autoencoder(let network) where network.codeObjective == nil:
            return Generator(latents: network.latents) { activate(network.decode($0, $1), .sigmoid) }
        case .decoder(let network):
            return Generator(latents: network.inputs) { activate(network.decode($0, $1), .sigmoid) }
        default: return try generator()
        }
    }
}
