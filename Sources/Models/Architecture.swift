public import Autograd
public import Tensors

/// Any of the model families, as a value that a spec or a checkpoint can hold.
public enum Architecture: Codable, Sendable, Equatable {
    /// An autoencoder.
    case autoencoder(Autoencoder)
    /// A variational autoencoder.
    case variationalAutoencoder(VariationalAutoencoder)
    /// A generative adversarial network.
    case generativeAdversarialNetwork(GenerativeAdversarialNetwork)
    /// A transformer.
    case transformer(Transformer)
    /// A classifier.
    case classifier(Classifier)
    /// An attacker's decoder.
    case decoder(CodeDecoder)

    /// The network as what all of them have in common.
    public var network: any Network {
        switch self {
        case .autoencoder(let network): network
        case .variationalAutoencoder(let network): network
        case .generativeAdversarialNetwork(let network): network
        case .transformer(let network): network
        case .classifier(let network): network
        case .decoder(let network): network
        }
    }

    /// Roughly the multiply-adds of one record's forward pass.
    public var multiplyAdds: Int {
        if case .transformer(let network) = self {
            return network.initialParameters(RandomStream(seed: 0)).scalarCount * network.context
        }
        return network.stacks.reduce(0) { $0 + $1.stack.multiplyAdds }
    }

    /// The convolutions, if the network has them.
    var convolutions: Convolutions? {
        switch self {
        case .autoencoder(let network): network.convolutions
        case .variationalAutoencoder(let network): network.convolutions
        case .generativeAdversarialNetwork(let network): network.convolutions
        case .classifier(let network): network.convolutions
        case .decoder(let network): network.convolutions
        case .transformer: nil
        }
    }

    /// The size of the images, where the network knows it: a perceptron does not.
    public var imageSize: (width: Int, height: Int)? {
        if case .classifier(let network) = self, let front = network.scattering { return (front.width, front.height) }
        return convolutions.map { ($0.width, $0.height) }
    }

    /// The family's name in findings and specs.
    public var family: String {
        switch self {
        case .autoencoder: "autoencoder"
        case .variationalAutoencoder: "variational-autoencoder"
        case .generativeAdversarialNetwork: "gan"
        case .transformer: "transformer"
        case .classifier: "classifier"
        case .decoder: "decoder"
        }
    }
}

/// An architecture with its parameters.
public struct Model: Sendable, Equatable {
    /// The hyperparameters.
    public var architecture: Architecture
    /// The parameters.
    public var parameters: Parameters

    /// Creates a model.
    public init(_ architecture: Architecture, _ parameters: Parameters) {
        self.architecture = architecture
        self.parameters = parameters
    }

    /// Creates an untrained model.
    public init(untrained architecture: Architecture, _ random: RandomStream) {
        self.init(architecture, architecture.network.initialParameters(random))
    }
}
