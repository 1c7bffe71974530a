import Models
import Training

/// An architecture, without what the data determine (the number of inputs, the vocabulary).
public struct ModelSpec: Codable, Sendable, Equatable {
    /// The families that a spec may name.
    public enum Family: String, Codable, Sendable, CaseIterable {
        /// An autoencoder.
        case autoencoder
        /// A variational autoencoder.
        case variationalAutoencoder = "variational-autoencoder"
        /// A generative adversarial network.
        case gan
        /// A transformer.
        case transformer
    }
    /// The family.
    public var family: Family
    /// Hidden widths of the encoder, or of the generator.
    public var hidden: [Int]
    /// Hidden widths of the discriminator.
    public var discriminator: [Int]
    /// The width of the code.
    public var latents: Int
    /// Blocks of a transformer.
    public var layers: Int
    /// Heads of a transformer.
    public var heads: Int
    /// The width of a transformer.
    public var width: Int
    /// The share of hidden units dropped in training.
    public var dropout: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case family, hidden, discriminator, latents, layers, heads, width, dropout
    }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        let name: String = try fields.required(.family)
        guard let family = Family(rawValue: name) else {
            let known = Family.allCases.map(\.rawValue)
            let hint = nearestName(to: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
            throw fields.fail(.family, "expected one of \(known.joined(separator: ", ")), found '\(name)'\(hint)")
        }
        self.family = family
        hidden = try fields.numbers(.hidden, in: 1...65_536, default: [256])
        discriminator = try fields.numbers(.discriminator, in: 1...65_536, default: [256])
        latents = try fields.number(.latents, in: 1...65_536, default: 16)
        layers = try fields.number(.layers, in: 1...100, default: 4)
        heads = try fields.number(.heads, in: 1...1024, default: 4)
        width = try fields.number(.width, in: 1...65_536, default: 128)
        dropout = try fields.number(.dropout, in: 0...0.95, default: 0)
        guard width % heads == 0 else {
            throw fields.fail(.width, "expected a multiple of heads (\(heads)), found \(width)")
        }
    }

    /// Whether it is trained on text.
    public var needsText: Bool { family == .transformer }

    /// The architecture for records of the given width, or windows over a vocabulary.
    func architecture(inputs: Int, vocabulary: Int, window: Int) -> Architecture {
        let drop = Float(dropout)
        switch family {
        case .autoencoder:
            return .autoencoder(Autoencoder(inputs: inputs, hidden: hidden, latents: latents, dropout: drop))
        case .variationalAutoencoder:
            return .variationalAutoencoder(
                VariationalAutoencoder(inputs: inputs, hidden: hidden, latents: latents, dropout: drop))
        case .gan:
            return .generativeAdversarialNetwork(
                GenerativeAdversarialNetwork(
                    inputs: inputs, generatorHidden: hidden, discriminatorHidden: discriminator, latents: latents,
                    dropout: drop))
        case .transformer:
            return .transformer(
                Transformer(
                    vocabulary: vocabulary, context: window, layers: layers, heads: heads, width: width, dropout: drop))
        }
    }
}

/// How a model is trained.
public struct TrainingSpec: Codable, Sendable, Equatable {
    /// Passes over the records; 0 leaves the model untrained.
    public var epochs: Int
    /// Records per batch.
    public var batch: Int
    /// Adam's learning rate.
    public var rate: Double
    /// Adam's first moment's decay.
    public var beta1: Double
    /// Adam's second moment's decay.
    public var beta2: Double
    /// Decoupled weight decay.
    public var decay: Double
    /// Steps of linear warm-up before a half cosine down to a tenth; `nil` for a constant rate.
    public var warmup: Int?
    /// The largest norm of the gradient; `nil` for no limit.
    public var gradientNorm: Double?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case epochs, batch, rate, beta1, beta2, decay, warmup, gradientNorm
    }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        epochs = try fields.number(.epochs, in: 0...1_000_000)
        batch = try fields.number(.batch, in: 1...1_000_000)
        rate = try fields.number(.rate, in: 1e-8...10)
        beta1 = try fields.number(.beta1, in: 0...0.9999, default: 0.9)
        beta2 = try fields.number(.beta2, in: 0...0.999999, default: 0.999)
        decay = try fields.number(.decay, in: 0...10, default: 0)
        warmup = try fields.optional(.warmup, in: 0...1_000_000_000)
        gradientNorm = try fields.optional(.gradientNorm, in: 1e-6...1e6)
    }

    /// The recipe for an architecture.
    func recipe(_ architecture: Architecture) -> Recipe {
        Recipe(
            architecture, epochs: epochs, batchSize: batch,
            optimiser: .adam(rate: Float(rate), beta1: Float(beta1), beta2: Float(beta2), decay: Float(decay)),
            schedule: warmup.map { .cosine(warmup: $0, floor: 0.1) } ?? .constant,
            gradientNorm: gradientNorm.map { Float($0) })
    }
}
