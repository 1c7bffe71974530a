import Models
public import Tensors
public import ThreatModel
public import Training

/// Trains a second generator on samples of the first.
///
/// - Source: Hu and Pang, "Stealing machine learning models: attacks and countermeasures for GANs", ACSAC 2021.
public struct GeneratorDistillation: ExtractionAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "generator-distillation", summary: "A second generator trained on samples of the victim.",
        paper: "Hu and Pang, ACSAC 2021", families: ["gan", "variational-autoencoder"], access: "samples only",
        knowledge: "nothing", queries: "one per sample", trainings: "one generator",
        deviations: "no rejection by a discriminator")

    /// How many samples are asked for.
    public var budget: Int
    /// How the second generator is trained.
    public var student: Recipe

    /// Creates the attack.
    public init(budget: Int, student: Recipe) { (self.budget, self.student) = (budget, student) }

    /// Returns the second generator.
    public func run(against victim: SamplesOnly, knowing knowledge: Knowledge, random: RandomStream) throws
        -> [Surrogate]
    {
        let trainer = try knowledge.requiredTrainer(Self.card.id)
        let samples = Records(features: try victim.samples(budget, random["samples"]))
        return [Surrogate(budget: budget, model: try trainer.train("generator", student, on: samples))]
    }
}
