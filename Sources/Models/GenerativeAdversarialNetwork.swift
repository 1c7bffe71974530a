public import Autograd
public import Tensors

/// A generative adversarial network with the non-saturating loss or Wasserstein's; with convolutions, a DCGAN.
///
/// - Source: Goodfellow et al. 2014; Radford, Metz and Chintala 2016. Images lie in [0, 1]: the generator ends in a sigmoid.
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
    /// What reads images before the discriminator's hidden layers, and draws them after the generator's.
    ///
    /// `nil` for perceptrons. The normalisation is the discriminator's, the activation the generator's.
    public var convolutions: Convolutions?
    /// What makes the discriminator a critic; `nil` for the non-saturating loss.
    ///
    /// A critic has no normalisation.
    public var critic: WassersteinCritic?

    /// Creates a network.
    public init(
        inputs: Int, generatorHidden: [Int], discriminatorHidden: [Int], latents: Int, dropout: Float = 0,
        convolutions: Convolutions? = nil, critic: WassersteinCritic? = nil
    ) {
        self.inputs = inputs
        self.generatorHidden = generatorHidden
        self.discriminatorHidden = discriminatorHidden
        self.latents = latents
        self.dropout = dropout
        self.convolutions = convolutions
        self.critic = critic
        precondition(critic == nil || discriminator.isPiecewiseLinear, "a critic has no normalisation")
    }

    /// A generator keeps batch norm whatever the discriminator has: its phase touches no data.
    private var generator: Sequential {
        .decoder(
            convolutions.map { $0.with(.batch, $0.activation) }, [latents] + generatorHidden + [inputs],
            output: .sigmoid)
    }
    private var discriminator: Sequential {
        let activation = Activation.leakyReLU(slope: 0.2)
        return .encoder(
            convolutions.map { $0.with($0.normalisation, activation) }, [inputs] + discriminatorHidden + [1],
            activation: activation, dropout: dropout)
    }

    /// Generator and discriminator.
    public var stacks: [(prefix: String, stack: Sequential)] {
        [("generator", generator), ("discriminator", discriminator)]
    }

    /// The discriminator, which reads records, then the generator, which reads only the discriminator.
    public var phases: [Phase] {
        [
            Phase(
                name: "discriminator", parameters: ["discriminator."], touchesData: true,
                mixesRecords: discriminator.mixesRecords),
            Phase(
                name: "generator", parameters: ["generator."], touchesData: false,
                mixesRecords: generator.mixesRecords, period: critic?.steps ?? 1),
        ]
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

    /// Returns the discriminator's or the generator's loss per record, in nats; a critic's has no unit.
    ///
    /// Each record has a fake of its own, and a critic looks between the two.
    /// - Shapes: [count].
    public func losses(_ phase: Phase, _ batch: Records, _ parameters: BoundParameters, _ random: RandomStream)
        -> Variable
    {
        let codes = parameters.tape.constant(random["code"].normalTensor([batch.count, latents]))
        let fake = generate(codes, parameters)
        let fakeScores = discriminate(fake, parameters, dropping: random["fake"])
        let ones = Tensor(repeating: 1, shape: [batch.count, 1])
        guard phase.touchesData else {
            return critic == nil ? binaryCrossEntropy(fakeScores, ones) : reshape(fakeScores * -1, [batch.count])
        }
        let real = parameters.tape.constant(batch.requiredFeatures)
        let realScores = discriminate(real, parameters, dropping: random["real"])
        guard let critic else {
            return binaryCrossEntropy(realScores, ones) + binaryCrossEntropy(fakeScores, .zeros([batch.count, 1]))
        }
        let between = mixed(real.value, fake.value, random["mixture"])
        let penalty = discriminator.gradientPenalty(
            at: between, parameters, prefix: "discriminator", dropping: random["between"])
        return reshape(fakeScores - realScores + penalty * critic.penalty, [batch.count])
    }

    /// ε·real + (1 − ε)·fake with a share ε of each pair's own.
    private func mixed(_ real: Tensor, _ fake: Tensor, _ random: RandomStream) -> Tensor {
        let shares = random.uniforms(real.rows)
        var (mixture, rest) = (real, fake)
        mixture.scaleRows(by: shares)
        rest.scaleRows(by: shares.map { 1 - $0 })
        mixture.add(rest)
        return mixture
    }
}
