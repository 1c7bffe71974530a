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
    /// What reads images before the convolutions, or before the hidden layers, and is not trained; `nil` for nothing.
    public var scattering: ScatteringFeatures?

    /// Creates a classifier.
    public init(
        inputs: Int, hidden: [Int], classes: Int, dropout: Float = 0, convolutions: Convolutions? = nil,
        scattering: ScatteringFeatures? = nil
    ) {
        (self.inputs, self.hidden, self.classes, self.dropout) = (inputs, hidden, classes, dropout)
        (self.convolutions, self.scattering) = (convolutions, scattering)
    }

    private var body: Sequential {
        .encoder(convolutions, [scattering?.outputs ?? inputs] + hidden + [classes], dropout: dropout)
    }

    /// The body.
    public var stacks: [(prefix: String, stack: Sequential)] { [("body", body)] }

    /// Returns the records with what a fixed front makes of them, which a training reads again and again.
    public func prepared(_ records: Records) -> Records {
        guard let scattering, let features = records.features, features.columns == inputs else { return records }
        return Records(features: scattering(features), labels: records.labels, targets: records.targets)
    }

    /// What the trained layers read of images, or of what `prepared` made of them, which is always wider.
    ///
    /// - Precondition: no gradient with respect to the images is asked for where a fixed front reads them.
    private func read(_ x: Variable) -> Variable {
        guard let scattering, x.value.columns == inputs else { return x }
        return fixed(x) { scattering($0) }
    }

    /// Returns the logits of each record, shape [count, classes].
    public func logits(_ x: Variable, _ parameters: BoundParameters, dropping random: RandomStream? = nil) -> Variable {
        body(read(x), parameters, prefix: "body", dropping: random)
    }

    /// Returns what the last layer reads, shape [count, width]: the features of Fréchet distances.
    public func features(_ x: Variable, _ parameters: BoundParameters) -> Variable {
        body.dropLast()(read(x), parameters, prefix: "body")
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
