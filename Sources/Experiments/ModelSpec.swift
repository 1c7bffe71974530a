public import Models
public import Tensors
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
        /// A classifier of the images' labels.
        case classifier
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
    /// How a transformer's tokens learn where they stand: learned or rotary.
    public var positions: Transformer.Positions
    /// The norm of a transformer: layer or rms, which has no bias.
    public var norm: Normalisation
    /// The activation of a transformer's perceptrons, by its name in `Activation.named`; gelu is the tanh form.
    public var activation: String
    /// Whether a transformer's head is its token embedding.
    public var tied: Bool
    /// Whether a transformer's maps and layer norms have biases.
    public var bias: Bool
    /// The share of hidden units dropped in training.
    public var dropout: Double
    /// Whether a variational autoencoder is told each record's class.
    public var conditional: Bool
    /// The activation of each of a variational autoencoder's hidden layers, by name; `nil` for rectifiers.
    public var activations: [String]?
    /// Convolutions before an encoder's hidden layers and after a decoder's; `nil` for none.
    public var convolutional: ConvolutionalSpec?
    /// The fixed scattering transform through which a classifier reads images; `nil` for none.
    public var scattering: ScatteringSpec?
    /// What a GAN's phases optimise; `nil` for the non-saturating loss, also where it is named.
    public var loss: AdversarialLoss?
    /// The factor on a Wasserstein critic's gradient penalty; `nil` for 10.
    public var penalty: Double?
    /// The steps of a Wasserstein critic to one of the generator; `nil` for 5.
    public var criticSteps: Int?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case family, hidden, discriminator, latents, layers, heads, width, positions, norm, activation, tied, bias
        case dropout, conditional, activations, convolutional, scattering, loss, penalty, criticSteps
    }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        family = try fields.choice(.family)
        convolutional = try fields.optional(.convolutional)
        scattering = try fields.optional(.scattering)
        let dense = convolutional == nil && scattering == nil ? [256] : []
        hidden = try fields.numbers(.hidden, in: 1...65_536, default: dense)
        discriminator = try fields.numbers(.discriminator, in: 1...65_536, default: dense)
        latents = try fields.number(.latents, in: 1...65_536, default: 16)
        layers = try fields.number(.layers, in: 1...100, default: 4)
        heads = try fields.number(.heads, in: 1...1024, default: 4)
        width = try fields.number(.width, in: 1...65_536, default: 128)
        positions = try fields.choice(.positions, default: .learned)
        norm = try fields.choice(.norm, default: .layer)
        activation = try fields.choice(.activation, among: Activation.named.keys.sorted(), default: "gelu")
        tied = try fields.optional(.tied) ?? false
        bias = try fields.optional(.bias) ?? true
        dropout = try fields.number(.dropout, in: 0...0.95, default: 0)
        conditional = try fields.optional(.conditional) ?? false
        activations = try fields.optional(.activations)
        try checkActivations(fields)
        let named = try fields.choice(.loss, default: AdversarialLoss.nonsaturating)
        loss = named == .nonsaturating ? nil : named
        penalty = try fields.optional(.penalty, in: 0...1e6)
        criticSteps = try fields.optional(.criticSteps, in: 1...1000)
        try checkLoss(fields)
        if conditional, family != .variationalAutoencoder {
            throw fields.fail(.conditional, "expected a variational-autoencoder, found a \(family.rawValue)")
        }
        if convolutional?.pooling.contains(where: { $0 > 1 }) ?? false, family != .classifier {
            throw fields.fail(
                .convolutional, "pooling cannot be undone: expected a classifier, found a \(family.rawValue)")
        }
        if scattering != nil, family != .classifier {
            throw fields.fail(.scattering, "expected a classifier, found a \(family.rawValue)")
        }
        guard width % heads == 0 else {
            throw fields.fail(.width, "expected a multiple of heads (\(heads)), found \(width)")
        }
        guard positions == .learned || width / heads % 2 == 0 else {
            throw fields.fail(
                .positions, "rotary positions need heads of even width, found \(width) in \(heads) heads")
        }
        if needsText, convolutional != nil {
            throw fields.fail(.convolutional, "expected a family of images, found a \(family.rawValue)")
        }
    }

    private func checkActivations(_ fields: Fields<CodingKeys>) throws {
        guard let activations else { return }
        let known = Activation.named.keys.sorted()
        guard family == .variationalAutoencoder, convolutional == nil, activations.allSatisfy(known.contains),
            activations.count == hidden.count
        else {
            throw fields.fail(
                .activations,
                "expected one of \(known.joined(separator: ", ")) per hidden layer of a variational-autoencoder without "
                    + "convolutions, found \(activations.joined(separator: ", "))")
        }
    }

    private func checkLoss(_ fields: Fields<CodingKeys>) throws {
        if try fields.optional(.loss, String.self) != nil, family != .gan {
            throw fields.fail(.loss, "expected a gan, found a \(family.rawValue)")
        }
        for (key, isGiven) in [(CodingKeys.penalty, penalty != nil), (.criticSteps, criticSteps != nil)]
        where isGiven && loss != .wasserstein {
            throw fields.fail(key, "expected only with `loss: wasserstein`; leave it out")
        }
        if loss == .wasserstein, let normalisation = convolutional?.normalisation, normalisation != .none {
            throw fields.fail(
                .convolutional,
                "normalisation: a Wasserstein critic has none (its generator keeps batch norm), found "
                    + "\(normalisation.rawValue); leave it out")
        }
    }

    /// What makes a GAN's discriminator a critic, if it is one.
    private var critic: WassersteinCritic? {
        loss == .wasserstein ? WassersteinCritic(penalty: Float(penalty ?? 10), steps: criticSteps ?? 5) : nil
    }

    /// Whether it is trained on text.
    public var needsText: Bool { family == .transformer }

    /// Checks the model against images or a table.
    func check(_ place: String, width: Int, height: Int, classes: Int) throws {
        if family == .classifier || conditional, classes < 2 {
            let what = conditional ? "a conditional model" : "a classifier"
            throw SpecError("\(place): \(what) needs records with at least two classes of labels")
        }
        if convolutional != nil, width == 0 {
            throw SpecError("\(place).convolutional: expected images, found a table")
        }
        if let scattering, !scattering.front(width: width, height: height).isSound {
            throw SpecError(
                "\(place).scattering: expected images of at least 8 pixels a side, found "
                    + (width == 0 ? "a table" : "\(width)x\(height)"))
        }
        guard let convolutions = convolutions(width: width, height: height) else { return }
        guard convolutions.isSound else {
            throw SpecError(
                "\(place).convolutional: \(convolutions.layers.count) convolutions leave nothing of images of "
                    + "\(width)x\(height); take fewer, or a smaller kernel or stride")
        }
    }

    /// The convolutions for images of the given size, or for what a fixed front makes of them.
    private func convolutions(width: Int, height: Int) -> Convolutions? {
        guard let front = scattering?.front(width: width, height: height) else {
            return convolutional?.convolutions(width: width, height: height)
        }
        return convolutional?.convolutions(
            width: front.extent.width, height: front.extent.height, channels: ScatteringFeatures.channels)
    }

    /// The architecture for images of the given size, or windows over a vocabulary.
    func architecture(
        inputs: Int, size: (width: Int, height: Int), classes: Int, vocabulary: Int, window: Int
    ) -> Architecture {
        let drop = Float(dropout)
        let convolutions = convolutions(width: size.width, height: size.height)
        switch family {
        case .autoencoder:
            return .autoencoder(
                Autoencoder(
                    inputs: inputs, hidden: hidden, latents: latents, dropout: drop, convolutions: convolutions))
        case .variationalAutoencoder:
            return .variationalAutoencoder(
                VariationalAutoencoder(
                    inputs: inputs, hidden: hidden, latents: latents, dropout: drop, convolutions: convolutions,
                    classes: conditional ? classes : 0,
                    activations: activations?.compactMap { Activation.named[$0] } ?? [.relu]))
        case .gan:
            return .generativeAdversarialNetwork(
                GenerativeAdversarialNetwork(
                    inputs: inputs, generatorHidden: hidden, discriminatorHidden: discriminator, latents: latents,
                    dropout: drop, convolutions: convolutions, critic: critic))
        case .transformer:
            return .transformer(
                Transformer(
                    vocabulary: vocabulary, context: window, layers: layers, heads: heads, width: width, isTied: tied,
                    dropout: drop, positions: positions, norm: norm, activation: Activation.named[activation] ?? .gelu,
                    hasBias: bias, hasNormBias: bias && norm == .layer))
        case .classifier:
            return .classifier(
                Classifier(
                    inputs: inputs, hidden: hidden, classes: classes, dropout: drop, convolutions: convolutions,
                    scattering: scattering?.front(width: size.width, height: size.height)))
        }
    }
}

/// How a model is trained.
public struct TrainingSpec: Codable, Sendable, Equatable {
    /// Passes over the records; 0 leaves the model untrained.
    public var epochs: Int
    /// Records per batch.
    public var batch: Int
    /// The learning rate.
    public var rate: Double
    /// Adam's first moment's decay.
    public var beta1: Double
    /// Adam's second moment's decay.
    public var beta2: Double
    /// Weight decay: decoupled of Adam, part of the gradient of gradient descent.
    public var decay: Double
    /// Steps of linear warm-up before a half cosine down to a tenth; `nil` for a constant rate.
    public var warmup: Int?
    /// The largest norm of the gradient; `nil` for no limit.
    public var gradientNorm: Double?
    /// A number of steps instead of passes, whatever the number of records.
    public var steps: Int?
    /// Rates of phases that do not follow `rate`: of a GAN's generator or discriminator.
    public var rates: [String: Double]?
    /// The share of each label's probability that a classifier is told to give to all classes alike; `nil` for none.
    public var smoothing: Double?
    /// The rule of the steps; `nil` for Adam.
    public var optimiser: Rule?
    /// The share of the last step that gradient descent takes again; `nil` for none.
    public var momentum: Double?

    /// A rule of the steps.
    public enum Rule: String, Codable, Sendable, CaseIterable {
        /// Adam with decoupled weight decay.
        case adam
        /// Stochastic gradient descent with momentum, the velocity being a sum, not a mean, of past gradients.
        case sgd
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case epochs, batch, rate, beta1, beta2, decay, warmup, gradientNorm, steps, rates, smoothing, optimiser,
            momentum
    }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        steps = try fields.optional(.steps, in: 1...1_000_000_000)
        rates = try fields.optional(.rates)
        epochs = try fields.number(.epochs, in: 0...1_000_000, default: steps == nil ? nil : 0)
        if steps != nil, epochs > 0 { throw fields.fail(.steps, "expected either steps or epochs, found both") }
        if let rates, !rates.values.allSatisfy((1e-8...10).contains) {
            throw fields.fail(.rates, "expected numbers from 1e-08 to 10, found \(rates)")
        }
        batch = try fields.number(.batch, in: 1...1_000_000)
        if try fields.optional(.optimiser, String.self) != nil { optimiser = try fields.choice(.optimiser) as Rule }
        rate = try fields.number(.rate, in: 1e-8...(optimiser == .sgd ? 1000 : 10))
        momentum = try fields.optional(.momentum, in: 0...0.9999)
        if momentum != nil, optimiser != .sgd {
            throw fields.fail(.momentum, "expected 'optimiser: sgd' with it; Adam has beta1")
        }
        beta1 = try fields.number(.beta1, in: 0...0.9999, default: 0.9)
        beta2 = try fields.number(.beta2, in: 0...0.999999, default: 0.999)
        decay = try fields.number(.decay, in: 0...10, default: 0)
        warmup = try fields.optional(.warmup, in: 0...1_000_000_000)
        gradientNorm = try fields.optional(.gradientNorm, in: 1e-6...1e6)
        smoothing = try fields.optional(.smoothing, in: 0...0.95)
    }

    /// Whether it trains at all; a control does not.
    var isTraining: Bool { epochs > 0 || steps != nil }

    /// No training at all.
    var none: TrainingSpec {
        var none = self
        (none.epochs, none.steps) = (0, nil)
        return none
    }

    /// The recipe for an architecture.
    func recipe(_ architecture: Architecture) -> Recipe {
        func rule(_ rate: Double) -> Optimiser {
            guard optimiser == .sgd else {
                return .adam(rate: Float(rate), beta1: Float(beta1), beta2: Float(beta2), decay: Float(decay))
            }
            return .sgd(rate: Float(rate), momentum: Float(momentum ?? 0), decay: Float(decay))
        }
        return Recipe(
            architecture, epochs: epochs, batchSize: batch, optimiser: rule(rate),
            schedule: warmup.map { .cosine(warmup: $0, floor: 0.1) } ?? .constant,
            gradientNorm: gradientNorm.map { Float($0) }, steps: steps, optimisers: rates?.mapValues(rule))
    }

    /// The records as the training reads them.
    func smoothed(_ records: Records, classes: Int) -> Records {
        smoothing.map { records.smoothingLabels(by: Float($0), classes: classes) } ?? records
    }

    /// Checks the rates against the phases of an architecture.
    func check(_ place: String, _ architecture: Architecture) throws {
        if smoothing != nil, architecture.family != ModelSpec.Family.classifier.rawValue {
            throw SpecError(
                "\(place).smoothing: only a classifier's labels can be smoothed; this is a \(architecture.family)")
        }
        let known = architecture.network.phases.map(\.name)
        if let unknown = rates?.keys.filter({ !known.contains($0) }).min() {
            throw SpecError(
                "\(place).rates: expected phases among \(known.joined(separator: ", ")), found '\(unknown)'")
        }
    }
}
