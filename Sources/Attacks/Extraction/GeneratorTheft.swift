import Models
public import Tensors
public import ThreatModel
public import Training

/// Trains second generators on samples of the first, at several budgets, on accepted ones of them if asked to.
///
/// The samples are asked for once, at the largest budget; smaller budgets train on the first of them. With `keep` below
/// 1, a classifier that the adversary trains to tell public records from a budget's samples accepts some of them by its
/// ratio of densities (rejection sampling); with `mix` above 0, public records join them.
/// - Source: Hu and Pang, "Stealing machine learning models: attacks and countermeasures for GANs", ACSAC 2021.
public struct GeneratorTheft: TheftAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "generator-theft",
        summary: "Second generators trained on samples, chosen by the adversary's own discriminator.",
        paper: "Hu and Pang, ACSAC 2021", families: ["gan", "variational-autoencoder"], access: "samples only",
        knowledge: "population, where samples are chosen or mixed with it",
        queries: "the largest budget, one per sample",
        trainings: "one generator per budget, and one discriminator where samples are chosen",
        deviations:
            "the adversary's own discriminator accepts by rejection instead of as a Markov chain, a wished share at "
            + "least; public records are mixed in rather than trained on afterwards")

    /// The numbers of samples.
    public var budgets: [Int]
    /// How a second generator is trained.
    public var student: Recipe
    /// The adversary's discriminator.
    public var discriminator: AttackNetwork
    private let rejection: DiscriminatorRejection
    private let transfer: SampleTransfer

    /// Creates the attack.
    ///
    /// - Precondition: `keep` in [0, 1], where 1 accepts all and 0 is plain rejection sampling; `mix` in [0, 1).
    public init(
        budgets: [Int], student: Recipe, keep: Double = 1, mix: Double = 0,
        discriminator: AttackNetwork = AttackNetwork()
    ) {
        precondition(keep >= 0 && keep <= 1 && mix >= 0 && mix < 1, "keep \(keep) and mix \(mix) are no shares")
        (self.budgets, self.student, self.discriminator) = (
            budgets.ascendingBudgets, student.withoutPrivacy, discriminator
        )
        (rejection, transfer) = (DiscriminatorRejection(keep: keep), SampleTransfer(mix: mix))
    }

    /// Reads `budgets`, the share of samples to `keep` on average (1 for all, 0 for plain
    /// rejection sampling), the share of public records to `mix` in, and the
    /// discriminator's `hidden` widths, `epochs`, `batch` and `rate`.
    public init(_ settings: inout AttackSettings, student: Recipe) throws(AttackSettingsError) {
        self.init(
            budgets: try settings.budgets(default: [5000]), student: student,
            keep: try settings.number("keep", in: 0...1, default: 1),
            mix: try settings.number("mix", in: 0...0.99, default: 0), discriminator: try AttackNetwork(&settings))
    }

    /// Returns a second generator per budget.
    ///
    /// - Throws: ``ThreatModelError`` without a trainer, and with too small a population where one is needed.
    public func run(against victim: SamplesOnly, knowing knowledge: Knowledge, random: RandomStream) throws
        -> [Surrogate]
    {
        let trainer = try knowledge.requiredTrainer(Self.card.id)
        if rejection.keep < 1 { _ = try knowledge.requiredPopulation(Self.card.id) }
        let samples = try SampleTransfer.records(
            budgets.last ?? 0, classes: try victim.classes, random["samples"]
        ) { count, label, random throws(ThreatModelError) in try victim.samples(count, of: label, random) }
        return try budgets.map { budget in
            let part = samples.slice(0..<budget)
            let chosen = part.gather(try choose(part, budget, knowledge.population, trainer, random["accepted"]))
            let records = try transfer.mixed(chosen, with: knowledge.population, Self.card.id)
            return Surrogate(budget: budget, model: try trainer.train("generator-\(budget)", student, on: records))
        }
    }

    /// Which samples are accepted by a classifier's odds that they are public records; without a choice all of them.
    private func choose(
        _ samples: Records, _ budget: Int, _ population: Records, _ trainer: SurrogateTrainer,
        _ coins: RandomStream
    ) throws -> [Int] {
        guard rejection.keep < 1 else { return Array(0..<samples.count) }
        let images = samples.requiredFeatures
        guard let records = population.features, records.columns == images.columns else {
            throw ThreatModelError.mismatch(
                "expected public records of \(images.columns) numbers, as samples have, found "
                    + "\(population.features?.shape ?? [])")
        }
        let known = records.rows(0..<min(records.rows, images.rows))
        let isPublic = [Bool](repeating: true, count: known.rows) + [Bool](repeating: false, count: images.rows)
        let judge = try discriminator.train(
            "discriminator-\(budget)", on: .concatenatedRows([known, images]), isMember: isPublic, trainer)
        return rejection.accepted(try AttackNetwork.scores(judge, images), coins)
    }
}
