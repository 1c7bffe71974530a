import Models
public import Tensors
public import ThreatModel
public import Training

/// Trains second generators on samples of a GAN that are accepted by its own discriminator's ratio of densities.
///
/// A sample costs two queries: it is drawn, and it is judged. Both are asked once, at the largest budget; smaller
/// budgets train on the first samples.
/// - Source: Hu and Pang, "Stealing machine learning models: attacks and countermeasures for GANs", ACSAC 2021, accuracy
///   extraction with the target's discriminator.
public struct GuidedGeneratorTheft: TheftAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "generator-theft-guided",
        summary: "Second generators trained on samples that are accepted by the victim's own discriminator.",
        paper: "Hu and Pang, ACSAC 2021", families: ["gan"], access: "samples and the discriminator's logits",
        knowledge: "population, where samples are mixed with it", queries: "the largest budget, two per sample",
        trainings: "one generator per budget",
        deviations:
            "samples are accepted by rejection, a wished share at least, where the paper draws from them as a Markov "
            + "chain; public records are mixed in rather than trained on afterwards")

    /// The numbers of queries, all even: of an odd one the last would not be spent.
    public var budgets: [Int]
    /// How a second generator is trained.
    public var student: Recipe
    private let rejection: DiscriminatorRejection
    private let transfer: SampleTransfer

    /// Creates the attack.
    ///
    /// - Precondition: budgets of at least 2; `keep` in [0, 1], where 1 accepts all and 0 is plain rejection sampling;
    ///   `mix` in [0, 1).
    public init(budgets: [Int], student: Recipe, keep: Double = 0.5, mix: Double = 0) {
        precondition(keep >= 0 && keep <= 1 && mix >= 0 && mix < 1, "keep \(keep) and mix \(mix) are no shares")
        precondition(budgets.allSatisfy { $0 >= 2 }, "budgets \(budgets) of which one buys no sample")
        (self.budgets, self.student) = (budgets.map { $0 / 2 * 2 }.ascendingBudgets, student.withoutPrivacy)
        (rejection, transfer) = (DiscriminatorRejection(keep: keep), SampleTransfer(mix: mix))
    }

    /// Reads `budgets`, the share of samples to `keep` on average (1 for all, 0 for plain rejection
    /// sampling), and the share of public records to `mix` in.
    public init(_ settings: inout AttackSettings, student: Recipe) throws(AttackSettingsError) {
        self.init(
            budgets: try settings.budgets(from: 2, default: [5000]), student: student,
            keep: try settings.number("keep", in: 0...1, default: 0.5),
            mix: try settings.number("mix", in: 0...0.99, default: 0))
    }

    /// Returns a second generator per budget.
    ///
    /// - Throws: ``ThreatModelError`` without a trainer, with too small a population where one is needed, and when the
    ///   victim has no discriminator.
    public func run(against victim: Discriminates, knowing knowledge: Knowledge, random: RandomStream) throws
        -> [Surrogate]
    {
        let trainer = try knowledge.requiredTrainer(Self.card.id)
        let samples = try SampleTransfer.records((budgets.last ?? 0) / 2, classes: 0, random["samples"]) {
            count, _, random throws(ThreatModelError) in try victim.samples(count, random)
        }
        let scores = try logits(of: samples.requiredFeatures, victim)
        return try budgets.map { budget in
            let accepted = rejection.accepted(Array(scores.prefix(budget / 2)), random["accepted"])
            let records = try transfer.mixed(samples.gather(accepted), with: knowledge.population, Self.card.id)
            return Surrogate(
                budget: budget, model: try trainer.train("generator-\(budget)", student, on: records))
        }
    }

    private func logits(of images: Tensor, _ victim: Discriminates) throws(ThreatModelError) -> [Double] {
        var logits: [Double] = []
        for start in stride(from: 0, to: images.rows, by: 1000) {
            logits += try victim.logits(of: images.rows(start..<min(start + 1000, images.rows)))
        }
        return logits
    }
}
