public import Autograd
public import Tensors

/// A variational autoencoder with a Bernoulli output and a standard normal prior.
///
/// - Source: Kingma and Welling 2014. The loss is −ELBO in nats, with one draw of the code per record and step.
public struct VariationalAutoencoder: Network {
    /// The number of inputs.
    public var inputs: Int
    /// The hidden widths of the encoder; the decoder mirrors them.
    public var hidden: [Int]
    /// The dimension of the code.
    public var latents: Int
    /// The share of hidden units dropped in training.
    public var dropout: Float
    /// What reads images before the hidden layers, and draws them after; `nil` for a perceptron.
    public var convolutions: Convolutions?

    /// Creates a variational autoencoder.
    public init(
        inputs: Int, hidden: [Int], latents: Int, dropout: Float = 0, convolutions: Convolutions? = nil
    ) {
        (self.inputs, self.hidden, self.latents, self.dropout) = (inputs, hidden, latents, dropout)
        self.convolutions = convolutions
    }

    private var encoder: Sequential {
        .encoder(convolutions, [inputs] + hidden + [2 * latents], dropout: dropout)
    }
    private var decoder: Sequential {
        .decoder(convolutions, [latents] + hidden.reversed() + [inputs], dropout: dropout)
    }

    /// Encoder and decoder.
    public var stacks: [(prefix: String, stack: Sequential)] { [("encoder", encoder), ("decoder", decoder)] }

    /// Returns the mean and the log-variance of each record's posterior, shape [count, latents] each.
    public func posterior(_ x: Variable, _ parameters: BoundParameters, dropping random: RandomStream? = nil)
        -> (mean: Variable, logVariance: Variable)
    {
        let both = encoder(x, parameters, prefix: "encoder", dropping: random?["encoder"])
        return (columns(both, 0..<latents), columns(both, latents..<2 * latents))
    }

    /// Returns the logits of each pixel, shape [count, inputs].
    public func decode(_ z: Variable, _ parameters: BoundParameters, dropping random: RandomStream? = nil) -> Variable {
        decoder(z, parameters, prefix: "decoder", dropping: random?["decoder"])
    }

    /// Returns mean + e^(logVariance/2)·noise.
    public func sample(_ mean: Variable, _ logVariance: Variable, noise: Tensor) -> Variable {
        mean + activate(logVariance * 0.5, .exponential) * mean.tape.constant(noise)
    }

    /// Returns −ELBO of each record with the given draw of the code, in nats.
    public func negativeELBO(
        _ x: Tensor, noise: Tensor, _ parameters: BoundParameters, dropping random: RandomStream? = nil
    ) -> Variable {
        let (mean, logVariance) = posterior(parameters.tape.constant(x), parameters, dropping: random)
        let logits = decode(sample(mean, logVariance, noise: noise), parameters, dropping: random)
        return binaryCrossEntropy(logits, x) + divergenceFromStandardNormal(mean: mean, logVariance: logVariance)
    }

    /// Returns −ELBO of each record, in nats.
    public func losses(_ phase: Phase, _ batch: Records, _ parameters: BoundParameters, _ random: RandomStream)
        -> Variable
    {
        let x = batch.requiredFeatures
        let noise = random["code"].normalTensor([batch.count, latents])
        return negativeELBO(x, noise: noise, parameters, dropping: random)
    }
}
