public import Autograd
public import Tensors

/// A generative adversarial network of perceptrons with the non-saturating loss.
///
/// - Source: Goodfellow et al. 2014. Images lie in [0, 1]: the generator ends in a sigmoid.
/// - Deviation: the discriminator's term of a record is its real loss and the loss of one fake that is drawn for it from
///   a public distribution, so that a record has one gradient and differential privacy can clip it (handbook §4.6).
public struct GenerativeAdversarialNetwork: Network {
    /// The number of pixels.
    public var inputs: Int
    /// The hidden widths of the generator.
    public var generatorHidden: [Int]
    /// The hidden widths of the discriminator.
    public var discriminatorHidden: [Int]
    /// The dimension of the code.
    public var latents: Int
    /// The share of the discriminator's hidden units dropped in training.
    public var dropout: Float

    /// Creates a network.
    public init(inputs: Int, generatorHidden: [Int], discriminatorHidden: [Int], latents: Int, dropout: Float = 0) {
        self.inputs = inputs
        self.generatorHidden = generatorHidden
        self.discriminatorHidden = discriminatorHidden
        self.latents = latents
        self.dropout = dropout
    }

    private var generator: MultilayerPerceptron {
        MultilayerPerceptron([latents] + generatorHidden + [inputs], output: .sigmoid)
    }
    private var discriminator: MultilayerPerceptron {
        MultilayerPerceptron(
            [inputs] + discriminatorHidden + [1], activation: .leakyReLU(slope: 0.2), dropout: dropout)
    }

    /// The discriminator, which reads records, then the generator, which reads only the discriminator.
    public var phases: [Phase] {
        [
            Phase(name: "discriminator", parameters: ["discriminator."], touchesData: true),
            Phase(name: "generator", parameters: ["generator."], touchesData: false),
        ]
    }

    /// Draws parameters.
    public func initialParameters(_ random: RandomStream) -> Parameters {
        var parameters = Parameters()
        generator.initialise(&parameters, prefix: "generator", random)
        discriminator.initialise(&parameters, prefix: "discriminator", random)
        return parameters
    }

    /// Returns an image of each code, shape [count, inputs], in [0, 1].
    public func generate(_ z: Variable, _ parameters: BoundParameters) -> Variable {
        generator(z, parameters, prefix: "generator")
    }

    /// Returns the discriminator's logit of each image, shape [count, 1].
    public func discriminate(_ x: Variable, _ parameters: BoundParameters, dropping random: RandomStream? = nil)
        -> Variable
    {
        discriminator(x, parameters, prefix: "discriminator", dropping: random)
    }

    /// Returns the discriminator's or the generator's loss per record, in nats.
    public func losses(_ phase: Phase, _ batch: Records, _ parameters: BoundParameters, _ random: RandomStream)
        -> Variable
    {
        let codes = parameters.tape.constant(random["code"].normalTensor([batch.count, latents]))
        let fake = generate(codes, parameters)
        let fakeLogits = discriminate(fake, parameters, dropping: random["fake"])
        let ones = Tensor(repeating: 1, shape: [batch.count, 1])
        guard phase.touchesData else { return binaryCrossEntropy(fakeLogits, ones) }
        let real = parameters.tape.constant(batch.requiredFeatures)
        let realLogits = discriminate(real, parameters, dropping: random["real"])
        return binaryCrossEntropy(realLogits, ones) + binaryCrossEntropy(fakeLogits, .zeros([batch.count, 1]))
    }
}
