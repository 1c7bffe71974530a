import Autograd
import Models
public import Tensors
public import ThreatModel
public import Training

/// Trains a decoder on the codes of public records, and turns the codes of candidates back into images.
///
/// - Source: Yang, Zhang, Chang and Liang, "Neural network inversion in adversarial setting via background knowledge
///   alignment", CCS 2019.
public struct DecoderInversion: InversionAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "decoder-inversion", summary: "An adversary's decoder from the codes of an embedding interface to images.",
        paper: "Yang et al., CCS 2019", families: ["autoencoder", "variational-autoencoder"], access: "codes",
        knowledge: "population, candidates' codes", queries: "1 per population record and candidate",
        trainings: "one decoder", deviations: "codes take the place of a classifier's truncated answers")

    /// How many population records are encoded for training.
    public var auxiliary: Int
    /// How the decoder is trained.
    public var decoder: Recipe

    /// Creates the attack.
    public init(auxiliary: Int, decoder: Recipe) { (self.auxiliary, self.decoder) = (auxiliary, decoder) }

    /// Returns an image of each candidate.
    ///
    /// - Throws: ``ThreatModelError`` without population or trainer.
    public func run(against victim: Codes, knowing knowledge: Knowledge, random: RandomStream) throws
        -> Reconstructions
    {
        let trainer = try knowledge.requiredTrainer(Self.card.id)
        guard knowledge.population.count > 0 else {
            throw ThreatModelError.missingKnowledge("population records", attack: Self.card.id)
        }
        let known = knowledge.population.slice(0..<min(auxiliary, knowledge.population.count))
        let pairs = Records(features: try victim.codes(known), targets: known.requiredFeatures)
        let model = try trainer.train("decoder", decoder, on: pairs)
        guard case .decoder(let network) = model.architecture else {
            throw ThreatModelError.unsupported("code to decode", family: model.architecture.family)
        }
        let codes = Records(features: try victim.codes(knowledge.candidates))
        let images = evaluate(model.parameters, on: codes) { bound, batch in
            activate(network.decode(bound.tape.constant(batch.requiredFeatures), bound), .sigmoid)
        }
        return Reconstructions(candidates: Array(0..<knowledge.candidates.count), images: images)
    }
}
