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
        let samples = try draw(from: victim, random["samples"])
        return [Surrogate(budget: budget, model: try trainer.train("generator", student, on: samples))]
    }

    /// The samples; of a conditional victim as many of each class, give or take one, with their labels.
    private func draw(from victim: SamplesOnly, _ random: RandomStream) throws(ThreatModelError) -> Records {
        let classes = try victim.classes
        guard classes > 0 else { return Records(features: try victim.samples(budget, random)) }
        let labels = (0..<budget).map { Int32($0 * classes / budget) }
        var parts: [Tensor] = []
        for label in 0..<Int32(classes) {
            parts.append(try victim.samples(labels.count { $0 == label }, of: label, random[Int(label)]))
        }
        return Records(features: Tensor.concatenatedRows(parts), labels: labels)
    }
}
