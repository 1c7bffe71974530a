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
