public import Autograd
public import Tensors

/// An autoencoder with a Bernoulli output: pixels in [0, 1] are reconstructed as probabilities.
public struct Autoencoder: Network {
    /// The number of inputs.
    public var inputs: Int
    /// The hidden widths of the encoder; the decoder mirrors them.
    public var hidden: [Int]
    /// The width of the code.
    public var latents: Int
    /// The share of hidden units dropped in training.
    public var dropout: Float
    /// The activation of the hidden units; of convolutions, theirs.
    public var activation: Activation
    /// The activation of the code.
    public var codeActivation: Activation
    /// What reads images before the hidden layers, and draws them after; `nil` for a perceptron.
    public var convolutions: Convolutions?
    /// How the encoder alone learns from codes, which are the records' targets then; `nil` to learn to reconstruct.
    public var codeObjective: CodeObjective?

    /// Creates an autoencoder.
    public init(
        inputs: Int, hidden: [Int], latents: Int, dropout: Float = 0, activation: Activation = .relu,
        codeActivation: Activation = .identity, convolutions: Convolutions? = nil, codeObjective: CodeObjective? = nil
    ) {
        (self.inputs, self.hidden, self.latents, self.dropout) = (inputs, hidden, latents, dropout)
        (self.activation, self.codeActivation, self.convolutions) = (activation, codeActivation, convolutions)
        self.codeObjective = codeObjective
    }

    private var encoder: Sequential {
        .encoder(
            convolutions, [inputs] + hidden + [latents], activation: activation, output: codeActivation,
            dropout: dropout)
    }
    private var decoder: Sequential {
        .decoder(convolutions, [latents] + hidden.reversed() + [inputs], activation: activation, dropout: dropout)
    }

    /// Encoder and decoder.
    public var stacks: [(prefix: String, stack: Sequential)] { [("encoder", encoder), ("decoder", decoder)] }

    /// One phase, over all parameters or, where codes are learned, over the encoder's.
    public var phases: [Phase] {
        let isMixed = encoder.mixesRecords || decoder.mixesRecords
        guard let codeObjective else {
            return [Phase(name: "model", parameters: [""], touchesData: true, mixesRecords: isMixed)]
        }
        return [
            Phase(
                name: "model", parameters: ["encoder."], touchesData: true,
                mixesRecords: encoder.mixesRecords || codeObjective.mixesRecords)
        ]
    }

    /// Returns the code of each record, shape [count, latents].
    public func encode(_ x: Variable, _ parameters: BoundParameters, dropping random: RandomStream? = nil) -> Variable {
        encoder(x, parameters, prefix: "encoder", dropping: random?["encoder"])
    }

    /// Returns the logits of each pixel, shape [count, inputs].
    public func decode(_ z: Variable, _ parameters: BoundParameters, dropping random: RandomStream? = nil) -> Variable {
        decoder(z, parameters, prefix: "decoder", dropping: random?["decoder"])
    }

    /// Returns the binary cross-entropy of each record's reconstruction, summed over pixels, in nats; where codes are
    /// learned, the loss of ``codeObjective``.
    ///
    /// Targets take the place of the record: pixels to reconstruct, or the code.
    public func losses(_ phase: Phase, _ batch: Records, _ parameters: BoundParameters, _ random: RandomStream)
        -> Variable
    {
        let x = batch.requiredFeatures
        let code = encode(parameters.tape.constant(x), parameters, dropping: random)
        guard let codeObjective else {
            return binaryCrossEntropy(decode(code, parameters, dropping: random), batch.targets ?? x)
        }
        guard let targets = batch.targets else { preconditionFailure("an encoder needs codes to learn") }
        return codeObjective.losses(code, targets)
    }
}

extension Autoencoder {
    /// Decodes the hyperparameters; without others, hidden units are rectified and the code is bare.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            inputs: try values.decode(Int.self, forKey: .inputs),
            hidden: try values.decode([Int].self, forKey: .hidden),
            latents: try values.decode(Int.self, forKey: .latents),
            dropout: try values.decode(Float.self, forKey: .dropout),
            activation: try values.decodeIfPresent(Activation.self, forKey: .activation) ?? .relu,
            codeActivation: try values.decodeIfPresent(Activation.self, forKey: .codeActivation) ?? .identity,
            convolutions: try values.decodeIfPresent(Convolutions.self, forKey: .convolutions),
            codeObjective: try values.decodeIfPresent(CodeObjective.self, forKey: .codeObjective))
    }
}

extension Records {
    /// The features of records that must have them.
    public var requiredFeatures: Tensor {
        guard let features else { preconditionFailure("these records are token windows, not vectors") }
        return features
    }
}
