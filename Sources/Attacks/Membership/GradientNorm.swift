import Autograd
public import Models
public import Tensors
public import ThreatModel

/// Calls a record a member when its loss hardly pulls at the victim's parameters any more.
///
/// - Source: Nasr, Shokri and Houmansadr, "Comprehensive privacy analysis of deep learning", S&P 2019.
/// - Deviation: the norm of the gradient is the score itself, not one of many features that a network reads. A batch
///   norm uses its running statistics, and its own gain and bias do not count. Targets of a distillation are ignored.
public struct GradientNorm: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "gradient-norm", summary: "Minus the norm of the gradient of the record's loss by all parameters.",
        paper: "Nasr et al., S&P 2019",
        families: ["classifier", "autoencoder", "variational-autoencoder", "transformer"], access: "white box",
        knowledge: "candidates, of classifiers with labels", queries: "1 per candidate", queriesPerCandidate: 1,
        deviations: "the norm is the score, not a feature of an attack network")

    /// The draws of a variational autoencoder's code whose mean loss counts; no other family has any.
    public var draws: Int

    /// Creates the attack.
    public init(draws: Int = 8) {
        precondition(draws > 0, "\(draws) draws")
        self.draws = draws
    }
    /// Creates the attack with a number of `draws`.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        draws = try settings.integer("draws", in: 1...1000, default: 8)
    }

    /// Returns −‖∂loss/∂θ‖₂ of each record, exactly, without dropout.
    ///
    /// A variational autoencoder's loss is the mean −ELBO over draws of the code, the same for all records.
    /// - Throws: ``ThreatModelError/unsupported(_:family:)`` when the loss of a family's records is not its own, and
    ///   ``ThreatModelError/missingKnowledge(_:attack:)`` when a classifier's records have no labels.
    /// - Complexity: one forward and one backward pass; the norms follow from what the passes leave behind.
    public static func scores(
        of model: Model, on records: Records, draws: Int = 8, random: RandomStream
    ) throws(ThreatModelError) -> [Double] {
        var scores: [Double] = []
        let noises = { latents in (0..<draws).map { random["code"][$0].normalTensor([1, latents]) } }
        // Factors of all layers are kept for a batch, so it is smaller where a record has many rows.
        let batch = records.window > 0 ? 32 : 256
        for start in stride(from: 0, to: records.count, by: batch) {
            let part = records.slice(start..<min(start + batch, records.count))
            let tape = Tape(.perExample(count: part.count))
            let bound = BoundParameters(model.parameters, on: tape, trainable: countedNames(model.parameters))
            tape.backward(from: try losses(model.architecture, part, bound, noises))
            scores += tape.perExampleGradients().norms().map { -Double($0) }
        }
        return scores
    }

    /// The parameters whose gradients count: all but those of batch norms, which would mix records if they were
    /// trained.
    private static func countedNames(_ parameters: Parameters) -> [String] {
        let mixing = parameters.names.filter { $0.hasSuffix(".running_mean") }
            .map { String($0.dropLast(".running_mean".count)) }
        return parameters.names.filter { name in !mixing.contains { name == "\($0).weight" || name == "\($0).bias" } }
    }

    private static func losses(
        _ architecture: Architecture, _ batch: Records, _ parameters: BoundParameters, _ noises: (Int) -> [Tensor]
    ) throws(ThreatModelError) -> Variable {
        switch architecture {
        case .autoencoder(let network):
            let x = batch.requiredFeatures
            let code = network.encode(parameters.tape.constant(x), parameters)
            return binaryCrossEntropy(network.decode(code, parameters), x)
        case .variationalAutoencoder(let network):
            return meanNegativeELBO(network, batch, parameters, noises(network.latents))
        case .transformer(let network):
            return rowSums(network.tokenLosses(batch, parameters)) * (1 / Float(batch.window - 1))
        case .classifier(let network):
            guard let labels = batch.labels else {
                throw .missingKnowledge("the candidates' labels", attack: card.id)
            }
            return crossEntropy(network.logits(parameters.tape.constant(batch.requiredFeatures), parameters), labels)
        case .generativeAdversarialNetwork, .decoder:
            throw .unsupported("loss of a single record", family: architecture.family)
        }
    }

    private static func meanNegativeELBO(
        _ network: VariationalAutoencoder, _ batch: Records, _ parameters: BoundParameters, _ noises: [Tensor]
    ) -> Variable {
        let losses = noises.map { noise in
            let repeated = noise.gatherRows([Int](repeating: 0, count: batch.count))
            return network.negativeELBO(batch.requiredFeatures, noise: repeated, parameters)
        }
        return losses.dropFirst().reduce(losses[0], +) * (1 / Float(noises.count))
    }

    /// Plays against the victim.
    public func run(against victim: WhiteBox, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        try victim.charge(knowledge.candidates.count)
        // Targets would replace what the family's own loss compares with.
        var records = knowledge.candidates
        records.targets = nil
        return MembershipScores(try Self.scores(of: victim.model, on: records, draws: draws, random: random))
    }
}
