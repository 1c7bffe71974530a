public import Autograd
public import Tensors

/// A perceptron from codes to pixels in [0, 1]: what an adversary trains to invert an encoder.
public struct CodeDecoder: Network {
    /// The number of inputs, such as the width of a code.
    public var inputs: Int
    /// The hidden widths.
    public var hidden: [Int]
    /// The number of pixels.
    public var outputs: Int

    /// Creates a decoder.
    public init(inputs: Int, hidden: [Int], outputs: Int) {
        (self.inputs, self.hidden, self.outputs) = (inputs, hidden, outputs)
    }

    private var body: MultilayerPerceptron { MultilayerPerceptron([inputs] + hidden + [outputs]) }

    /// Draws parameters.
    public func initialParameters(_ random: RandomStream) -> Parameters {
        var parameters = Parameters()
        body.initialise(&parameters, prefix: "decoder", random)
        return parameters
    }

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
