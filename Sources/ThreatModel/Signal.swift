import Autograd
import Foundation
package import Models
import Tensors

/// One number per model and record, from which membership is guessed.
public enum Signal: String, Codable, Sendable, CaseIterable {
    /// Binary cross-entropy between a record and its reconstruction, in nats; of a VAE by the posterior's mean.
    case reconstructionError = "reconstruction-error"
    /// −ELBO in nats, the mean over eight draws of the code; the draws are the same for every model and record.
    case negativeELBO = "negative-elbo"
    /// The importance-weighted bound on −ln p(x) in nats, of 64 draws of the code, the same for every model and record.
    ///
    /// - Source: Burda, Grosse and Salakhutdinov 2016.
    case importanceWeighted = "importance-weighted"
    /// The Euclidean distance to the nearest of ``sampleCount`` images that the generator draws, in grey levels of
    /// [0, 1]; the draws are the same for every record, and a conditional generator draws all classes.
    ///
    /// - Source: Chen, Yu, Zhang and Fritz, CCS 2020, the full black-box attack.
    case nearestSample = "nearest-sample"
    /// Mean negative log-likelihood of a window's tokens, in nats.
    case tokenLoss = "token-loss"
    /// The discriminator's logit. It is not an answer of any API: only white-box access has it.
    case discriminatorLogit = "discriminator-logit"
    /// ln p − ln(1 − p) of a classifier's probability of the true class.
    case logitConfidence = "logit-confidence"
    /// Any loss of a foreign model: lower for members.
    case loss

    /// The signals that a family has, as `Architecture.family` names it.
    ///
    /// The last is the one to take when none is named.
    public static func all(of family: String) -> [Signal] {
        switch family {
        case "autoencoder": [.reconstructionError]
        case "variational-autoencoder": [.nearestSample, .importanceWeighted, .reconstructionError, .negativeELBO]
        case "gan": [.nearestSample, .discriminatorLogit]
        case "transformer": [.tokenLoss]
        case "classifier": [.logitConfidence]
        default: []
        }
    }

    /// The number of images that ``nearestSample`` is told from.
    public static let sampleCount = 2000

    /// Where they are drawn.
    static let sampleStream = RandomStream(seed: 0)["nearest-sample"]

    /// The distance of each record to the nearest image that was drawn.
    static func nearestDistances(of records: Tensor, to drawn: Tensor) -> [Double] {
        records.squaredDistancesToNearest(of: drawn).map { $0.squareRoot() }
    }

    /// The least access that reads it.
    public var access: SignalAccessKind {
        switch self {
        case .discriminatorLogit: .whiteBox
        case .nearestSample: .samples
        case .reconstructionError, .negativeELBO, .importanceWeighted, .tokenLoss, .logitConfidence, .loss: .scores
        }
    }

    /// Whether members tend to have the higher values.
    public var isHigherForMembers: Bool { self == .discriminatorLogit || self == .logitConfidence }

    /// Returns the values with a sign such that higher means member.
    public func oriented(_ values: [Double]) -> [Double] { isHigherForMembers ? values : values.map { -$0 } }

    /// Returns the values on another scale, on all of which higher means member.
    public func scaled(_ values: [Double], _ scale: SignalScale) -> [Double] {
        guard scale == .logLikelihood, isLogit else { return oriented(values) }
        // ln σ(z) without overflow on either side.
        return values.map { min($0, 0) - log1p(exp(-abs($0))) }
    }

    /// Whether it is the logit of a probability.
    private var isLogit: Bool { self == .discriminatorLogit || self == .logitConfidence }

    /// Whether e to its log-likelihood is the probability of one outcome among few, such as a label.
    public var isProbability: Bool { isLogit }

    /// Returns the signal of a model on each record.
    ///
    /// - Throws: ``ThreatModelError/unsupported(_:family:)`` when the model's family has no such signal.
    package func values(of model: Model, on records: Records) throws(ThreatModelError) -> [Double] {
        try model.checkLabels(of: records)
        switch (self, model.architecture) {
        case (.reconstructionError, .autoencoder(let network)) where network.codeObjective == nil:
            return measure(model, records) { parameters, batch in
                let x = batch.requiredFeatures
                return binaryCrossEntropy(
                    network.decode(network.encode(parameters.tape.constant(x), parameters), parameters), x)
            }
        case (.reconstructionError, .variationalAutoencoder(let network)):
            return measure(model, records) { parameters, batch in
                let x = batch.requiredFeatures
                let (mean, _) = network.posterior(parameters.tape.constant(x), of: batch.labels, parameters)
                return binaryCrossEntropy(network.decode(mean, of: batch.labels, parameters), x)
            }
        case (.negativeELBO, .variationalAutoencoder(let network)):
            return Signal.negativeELBO(network, model, records)
        case (.importanceWeighted, .variationalAutoencoder(let network)):
            return Signal.importanceWeighted(network, model, records)
        case (.nearestSample, .variationalAutoencoder), (.nearestSample, .generativeAdversarialNetwork):
            let drawn = try model.samples(Signal.sampleCount, Signal.sampleStream)
            return Signal.nearestDistances(of: records.requiredFeatures, to: drawn)
        case (.tokenLoss, .transformer(let network)):
            return measure(model, records, batch: 64) { parameters, batch in
                rowSums(network.tokenLosses(batch, parameters)) * (1 / Float(batch.window - 1))
            }
        case (.discriminatorLogit, .generativeAdversarialNetwork(let network)):
            return measure(model, records) { parameters, batch in
                network.discriminate(parameters.tape.constant(batch.requiredFeatures), parameters)
            }
        case (.logitConfidence, .classifier(let network)):
            return measure(model, records) { parameters, batch in
                scaledConfidence(network.logits(parameters.tape.constant(batch.requiredFeatures), parameters), batch)
            }
        default:
            throw .unsupported("signal '\(rawValue)'", family: model.architecture.family)
        }
    }

    private func measure(
        _ model: Model, _ records: Records, batch: Int = 256, _ f: (BoundParameters, Records) -> Variable
    ) -> [Double] {
        evaluate(model.parameters, on: records, batch: batch, f).values.map(Double.init)
    }

    private static func negativeELBO(_ network: VariationalAutoencoder, _ model: Model, _ records: Records) -> [Double]
    {
        let draws = 8
        var total = [Double](repeating: 0, count: records.count)
        for draw in 0..<draws {
            // One draw for all records: a record's signal must not depend on its place among the others.
            let noise = RandomStream(seed: 0)["elbo"][draw].normalTensor([1, network.latents])
            let values = evaluate(model.parameters, on: records) { parameters, batch in
                let repeated = noise.gatherRows([Int](repeating: 0, count: batch.count))
                return network.negativeELBO(
                    batch.requiredFeatures, of: batch.labels, noise: repeated, parameters)
            }
            for (record, value) in values.values.enumerated() { total[record] += Double(value) / Double(draws) }
        }
        return total
    }

    private static func importanceWeighted(
        _ network: VariationalAutoencoder, _ model: Model, _ records: Records
    ) -> [Double] {
        let draws = 64
        let noise = RandomStream(seed: 0)["importance-weighted"].normalTensor([draws, network.latents])
        let values = evaluate(model.parameters, on: records) { parameters, batch in
            network.negativeLogWeights(batch.requiredFeatures, of: batch.labels, noise: noise, parameters)
        }
        return (0..<records.count).map { record in
            // −ln of a mean of e^(−v), from its largest term, so that nothing underflows.
            let row = values.row(record).map(Double.init)
            let least = row.min() ?? 0
            return least - log(row.reduce(0) { $0 + exp(least - $1) } / Double(draws))
        }
    }
}

/// What an adversary must be able to ask for to read a signal.
public enum SignalAccessKind: String, Sendable, CaseIterable {
    /// A score per record: ``Scores``.
    case scores
    /// Images that the model draws: ``SamplesOnly``.
    case samples
    /// The model itself: ``WhiteBox``, which reads all the others, too.
    case whiteBox
}

/// z_y − ln Σ_{i≠y} e^{z_i}: the logit of the true class's probability without the cancellation of 1 − p.
private func scaledConfidence(_ logits: Variable, _ batch: Records) -> Variable {
    let labels = batch.labels ?? []
    let rows = (0..<logits.value.rows).map { row -> Float in
        let z = logits.value.row(row)
        let label = Int(labels[row])
        let others = z.enumerated().filter { $0.offset != label }.map(\.element)
        return z[label] - Tensor(others, shape: [1, others.count]).logSumExp().scalar
    }
    return logits.tape.constant(Tensor(rows))
}
