public import Autograd
public import Tensors

/// An autoencoder of perceptrons with a Bernoulli output: pixels in [0, 1] are reconstructed as probabilities.
public struct Autoencoder: Network {
    /// The number of inputs.
    public var inputs: Int
    /// The hidden widths of the encoder; the decoder mirrors them.
    public var hidden: [Int]
    /// The width of the code.
    public var latents: Int
    /// The share of hidden units dropped in training.
    public var dropout: Float

    /// Creates an autoencoder.
    public init(inputs: Int, hidden: [Int], latents: Int, dropout: Float = 0) {
        (self.inputs, self.hidden, self.latents, self.dropout) = (inputs, hidden, latents, dropout)
    }

    private var encoder: MultilayerPerceptron {
        MultilayerPerceptron([inputs] + hidden + [latents], dropout: dropout)
    }
    private var decoder: MultilayerPerceptron {
        MultilayerPerceptron([latents] + hidden.reversed() + [inputs], dropout: dropout)
    }

    /// Draws parameters.
    public func initialParameters(_ random: RandomStream) -> Parameters {
        var parameters = Parameters()
        encoder.initialise(&parameters, prefix: "encoder", random)
        decoder.initialise(&parameters, prefix: "decoder", random)
        return parameters
    }

    /// Returns the code of each record, shape [count, latents].
    public func encode(_ x: Variable, _ parameters: BoundParameters, dropping random: RandomStream? = nil) -> Variable {
        encoder(x, parameters, prefix: "encoder", dropping: random?["encoder"])
    }

    /// Returns the logits of each pixel, shape [count, inputs].
    public func decode(_ z: Variable, _ parameters: BoundParameters, dropping random: RandomStream? = nil) -> Variable {
        decoder(z, parameters, prefix: "decoder", dropping: random?["decoder"])
    }

    /// Returns the binary cross-entropy of each record's reconstruction, summed over pixels, in nats.
    public func losses(_ phase: Phase, _ batch: Records, _ parameters: BoundParameters, _ random: RandomStream)
        -> Variable
    {
        let x = batch.requiredFeatures
        let code = encode(parameters.tape.constant(x), parameters, dropping: random)
        return binaryCrossEntropy(decode(code, parameters, dropping: random), batch.targets ?? x)
    }
}

extension Records {
    /// The features of records that must have them.
    public var requiredFeatures: Tensor {
        guard let features else { preconditionFailure("these records are token windows, not vectors") }
        return features
    }
}
