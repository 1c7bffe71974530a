public import Autograd
public import Tensors

/// A classifier: the evaluator of samples, and the reference victim of the literature.
public struct Classifier: Network {
    /// The number of inputs.
    public var inputs: Int
    /// The hidden widths.
    public var hidden: [Int]
    /// The number of classes.
    public var classes: Int
    /// The share of hidden units dropped in training.
    public var dropout: Float
    /// What reads images before the hidden layers; `nil` for a perceptron.
    public var convolutions: Convolutions?

    /// Creates a classifier.
    public init(
        inputs: Int, hidden: [Int], classes: Int, dropout: Float = 0, convolutions: Convolutions? = nil
    ) {
        (self.inputs, self.hidden, self.classes, self.dropout) = (inputs, hidden, classes, dropout)
        self.convolutions = convolutions
    }

    private var body: Sequential { .encoder(convolutions, [inputs] + hidden + [classes], dropout: dropout) }

    /// The body.
    public var stacks: [(prefix: String, stack: Sequential)] { [("body", body)] }

    /// Returns the logits of each record, shape [count, classes].
    public func logits(_ x: Variable, _ parameters: BoundParameters, dropping random: RandomStream? = nil) -> Variable {
        body(x, parameters, prefix: "body", dropping: random)
    }

    /// Returns what the last layer reads, shape [count, width]: the features of Fréchet distances.
    public func features(_ x: Variable, _ parameters: BoundParameters) -> Variable {
        body.dropLast()(x, parameters, prefix: "body")
    }

    /// Returns the cross-entropy of each record's label, or against its target distribution, in nats.
    public func losses(_ phase: Phase, _ batch: Records, _ parameters: BoundParameters, _ random: RandomStream)
        -> Variable
    {
        let logits = logits(parameters.tape.constant(batch.requiredFeatures), parameters, dropping: random)
        if let targets = batch.targets { return crossEntropy(logits, targets: targets) }
        guard let labels = batch.labels else { preconditionFailure("a classifier needs labels or targets") }
        return crossEntropy(logits, labels)
    }
}
