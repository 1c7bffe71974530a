public import Autograd
public import Tensors

/// A map from codes to pixels in [0, 1]: what an adversary trains to invert an encoder.
public struct CodeDecoder: Network {
    /// The number of inputs, such as the width of a code.
    public var inputs: Int
    /// The hidden widths.
    public var hidden: [Int]
    /// The number of pixels.
    public var outputs: Int
    /// What draws images after the hidden layers; `nil` for a perceptron.
    public var convolutions: Convolutions?

    /// Creates a decoder.
    public init(inputs: Int, hidden: [Int], outputs: Int, convolutions: Convolutions? = nil) {
        (self.inputs, self.hidden, self.outputs, self.convolutions) = (inputs, hidden, outputs, convolutions)
    }

    private var body: Sequential { .decoder(convolutions, [inputs] + hidden + [outputs]) }

    /// The body.
    public var stacks: [(prefix: String, stack: Sequential)] { [("decoder", body)] }

    /// Returns the logits of each pixel, shape [count, outputs].
    public func decode(_ z: Variable, _ parameters: BoundParameters) -> Variable {
        body(z, parameters, prefix: "decoder")
    }

    /// Returns the binary cross-entropy of each record's target pixels, summed, in nats.
    public func losses(_ phase: Phase, _ batch: Records, _ parameters: BoundParameters, _ random: RandomStream)
        -> Variable
    {
        guard let targets = batch.targets else { preconditionFailure("a decoder needs target pixels") }
        return binaryCrossEntropy(
            decode(parameters.tape.constant(batch.requiredFeatures), parameters), targets)
    }
}
