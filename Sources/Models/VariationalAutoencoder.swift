public import Autograd
public import Tensors

/// A variational autoencoder with a Bernoulli output and a standard normal prior, of classes if they are given.
///
/// The loss is −ELBO in nats, with one draw of the code per record and step. A conditional one reads a record's class
/// beside its pixels, and the class beside the code: the prior does not depend on it.
/// - Source: Kingma and Welling 2014; the conditional one is that of Sohn, Lee and Yan 2015 for images of a class.
/// - Deviation: Sohn et al. learn the prior's parameters from the condition; a fixed prior is what the implementations
///   that are attacked in the literature (Hilprecht, Härterich and Bernau 2019) have.
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
    /// The number of classes that it is told; 0 for none.
    public var classes: Int
    /// The activation of each of the encoder's hidden layers, which the decoder mirrors; one alone stands for all.
    ///
    /// With convolutions theirs counts instead.
    public var activations: [Activation]

    /// Creates a variational autoencoder.
    public init(
        inputs: Int, hidden: [Int], latents: Int, dropout: Float = 0, convolutions: Convolutions? = nil,
        classes: Int = 0, activations: [Activation] = [.relu]
    ) {
        (self.inputs, self.hidden, self.latents, self.dropout) = (inputs, hidden, latents, dropout)
        (self.convolutions, self.classes, self.activations) = (convolutions, classes, activations)
    }

    /// The activation of each of the encoder's hidden layers.
    private var hiddenActivations: [Activation] {
        activations.count == 1 ? hidden.map { _ in activations[0] } : activations
    }

    private var encoder: Sequential {
        let widths = [inputs + classes] + hidden + [2 * latents]
        guard var convolutions else {
            return .perceptron(widths, activations: hiddenActivations, dropout: dropout)
        }
        // The class is a plane of ones among planes of zeros, beside the image's channels.
        convolutions.channels += classes
        return .encoder(convolutions, widths, dropout: dropout)
    }
    private var decoder: Sequential {
        let widths = [latents + classes] + hidden.reversed() + [inputs]
        guard let convolutions else {
            return .perceptron(widths, activations: hiddenActivations.reversed(), dropout: dropout)
        }
        return .decoder(convolutions, widths, dropout: dropout)
    }

    /// Encoder and decoder.
    public var stacks: [(prefix: String, stack: Sequential)] { [("encoder", encoder), ("decoder", decoder)] }

    /// Returns the mean and the log-variance of each record's posterior, shape [count, latents] each.
    ///
    /// A conditional one cannot do without the records' classes.
    public func posterior(
        _ x: Variable, of labels: [Int32]? = nil, _ parameters: BoundParameters, dropping random: RandomStream? = nil
    ) -> (mean: Variable, logVariance: Variable) {
        // An image of p pixels is p rows of channels, each of which the class joins; a vector is one row.
        let pixels = convolutions.map { $0.height * $0.width } ?? 1
        let told = conditioned(x, on: labels, rowsPerRecord: pixels)
        let both = encoder(told, parameters, prefix: "encoder", dropping: random?["encoder"])
        return (columns(both, 0..<latents), columns(both, latents..<2 * latents))
    }

    /// Returns the logits of each pixel, shape [count, inputs].
    ///
    /// A conditional one cannot do without the classes to draw.
    public func decode(
        _ z: Variable, of labels: [Int32]? = nil, _ parameters: BoundParameters, dropping random: RandomStream? = nil
    ) -> Variable {
        decoder(conditioned(z, on: labels), parameters, prefix: "decoder", dropping: random?["decoder"])
    }

    /// Puts the class of each record behind each of its rows; without classes, the same variable.
    private func conditioned(_ x: Variable, on labels: [Int32]?, rowsPerRecord rows: Int = 1) -> Variable {
        guard classes > 0 else { return x }
        guard let labels else { preconditionFailure("a class-conditional autoencoder needs labels") }
        precondition(labels.count == x.value.rows, "\(labels.count) labels of \(x.value.rows) records")
        let count = labels.count
        let repeated = rows == 1 ? labels : labels.flatMap { [Int32](repeating: $0, count: rows) }
        let told = x.tape.constant(.oneHot(repeated, classes: classes))
        guard rows > 1 else { return concatenateColumns([x, told]) }
        let channels = x.value.columns / rows
        let joined = concatenateColumns([reshape(x, [count * rows, channels]), told])
        return reshape(joined, [count, rows * (channels + classes)])
    }

    /// Returns mean + e^(logVariance/2)·noise.
    public func sample(_ mean: Variable, _ logVariance: Variable, noise: Tensor) -> Variable {
        mean + activate(logVariance * 0.5, .exponential) * mean.tape.constant(noise)
    }

    /// Returns −ELBO of each record with the given draw of the code, in nats, shape [count].
    public func negativeELBO(
        _ x: Tensor, of labels: [Int32]? = nil, noise: Tensor, _ parameters: BoundParameters,
        dropping random: RandomStream? = nil
    ) -> Variable {
        let (mean, logVariance) = posterior(parameters.tape.constant(x), of: labels, parameters, dropping: random)
        let logits = decode(sample(mean, logVariance, noise: noise), of: labels, parameters, dropping: random)
        return binaryCrossEntropy(logits, x) + divergenceFromStandardNormal(mean: mean, logVariance: logVariance)
    }

    /// Returns −ln w = ln q(z | x) − ln p(x, z) of each record at each of several draws of the code, in nats.
    ///
    /// The mean of w over draws estimates p(x) without bias; −ln of it is the importance-weighted bound, which is
    /// never above the mean of −ln w, and tends to −ln p(x).
    /// - Source: Burda, Grosse and Salakhutdinov 2016.
    /// - Shapes: x [count, inputs], noise [draws, latents], the same for every record → [count, draws].
    /// - Complexity: one pass of the encoder, one of the decoder per draw.
    public func negativeLogWeights(
        _ x: Tensor, of labels: [Int32]? = nil, noise: Tensor, _ parameters: BoundParameters
    ) -> Variable {
        let (mean, logVariance) = posterior(parameters.tape.constant(x), of: labels, parameters)
        let weights = (0..<noise.rows).map { draw in
            let repeated = noise.gatherRows([Int](repeating: draw, count: x.rows))
            let code = sample(mean, logVariance, noise: repeated)
            let error = binaryCrossEntropy(decode(code, of: labels, parameters), x)
            // The constants of both normal densities cancel, and (z − mean)/deviation is the noise.
            let penalty = rowSums(code * code - logVariance - mean.tape.constant(repeated * repeated)) * 0.5
            return reshape(error + penalty, [x.rows, 1])
        }
        return concatenateColumns(weights)
    }

    /// Returns −ELBO of each record, in nats.
    public func losses(_ phase: Phase, _ batch: Records, _ parameters: BoundParameters, _ random: RandomStream)
        -> Variable
    {
        let x = batch.requiredFeatures
        let noise = random["code"].normalTensor([batch.count, latents])
        return negativeELBO(x, of: batch.labels, noise: noise, parameters, dropping: random)
    }
}

extension VariationalAutoencoder {
    private enum CodingKeys: String, CodingKey {
        case inputs, hidden, latents, dropout, convolutions, classes, activations
    }

    /// Decodes the hyperparameters; without others there are no classes, and hidden units are rectified.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            inputs: try values.decode(Int.self, forKey: .inputs),
            hidden: try values.decode([Int].self, forKey: .hidden),
            latents: try values.decode(Int.self, forKey: .latents),
            dropout: try values.decode(Float.self, forKey: .dropout),
            convolutions: try values.decodeIfPresent(Convolutions.self, forKey: .convolutions),
            classes: try values.decodeIfPresent(Int.self, forKey: .classes) ?? 0,
            activations: try values.decodeIfPresent([Activation].self, forKey: .activations) ?? [.relu])
    }

    /// Encodes the hyperparameters; what a model without classes does not need is left out, so that its bytes are
    /// those of the time before there were any.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(inputs, forKey: .inputs)
        try values.encode(hidden, forKey: .hidden)
        try values.encode(latents, forKey: .latents)
        try values.encode(dropout, forKey: .dropout)
        try values.encodeIfPresent(convolutions, forKey: .convolutions)
        if classes != 0 { try values.encode(classes, forKey: .classes) }
        if activations != [.relu] { try values.encode(activations, forKey: .activations) }
    }
}
