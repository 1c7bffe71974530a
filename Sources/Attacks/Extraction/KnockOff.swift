import Models
public import Tensors
public import ThreatModel
public import Training

/// Trains a student on a classifier's answers to records of a pool, chosen at random or by what has paid off.
///
/// The adaptive strategy is a gradient bandit over the classes of the pool: see ``QueryReward``. It asks in rounds; each
/// ends with a student that is trained from scratch on all answers so far, for a few epochs, because the reward for what
/// a student did not know needs one.
/// - Source: Orekondy, Schiele and Fritz, "Knockoff nets", CVPR 2019.
/// - Deviation: the policy learns once per round, with the mean over the round, instead of once per query; rewards are
///   brought to [0, 1] by fixed functions instead of by their past range; the arms of a pool without labels are clusters
///   of its records by k-means.
public struct KnockOff: TheftAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "knock-off", summary: "A student trained on a classifier's answers, chosen at random or by a bandit.",
        paper: "Orekondy et al., CVPR 2019", families: ["classifier"], access: "predictions",
        knowledge: "population; or foreign records, or nothing for a pool of noise",
        queries: "the largest budget, one per record",
        trainings: "one student per budget; adaptive: one more per round, of a few epochs",
        deviations: "the bandit learns once per round; fixed scales of rewards; clusters where the pool has no labels")

    /// How queries are chosen.
    public enum Strategy: String, Codable, Sendable, CaseIterable {
        /// Uniformly, without replacement.
        case random
        /// By a gradient bandit over the classes of the pool.
        case adaptive
    }

    /// The numbers of queries, in ascending order.
    public let budgets: [Int]
    /// How a student is trained.
    public var student: Recipe
    /// How queries are chosen.
    public var strategy = Strategy.random
    /// Where they are taken from.
    public var pool = QueryPool.population
    /// What is kept of the answers.
    public var answers = AnswerForm.probabilities
    /// What the bandit is rewarded for.
    public var reward = QueryReward.all
    /// The bandit's rounds up to each budget from the one before.
    public var rounds = 10
    /// The epochs of a student between budgets; 0 for the recipe's own.
    public var roundEpochs = 5
    /// How far the bandit moves at once.
    public var step = 2.0
    /// The arms of a pool without labels.
    public var clusters = 10

    /// Creates the attack.
    ///
    /// - Precondition: there is a budget, and none is below 1.
    public init(budgets: [Int], student: Recipe) { (self.budgets, self.student) = (budgets.ascendingBudgets, student) }

    /// Creates the attack with `budgets`, `strategy`, `pool`, `answers`, `reward`, `rounds`, `roundEpochs`, `step` and
    /// `clusters`.
    public init(_ settings: inout AttackSettings, student: Recipe) throws(AttackSettingsError) {
        (budgets, self.student) = (try settings.budgets(), student)
        strategy = try settings.choice("strategy", default: .random)
        pool = try settings.choice("pool", default: .population)
        answers = try settings.choice("answers", default: .probabilities)
        reward = try settings.choice("reward", default: .all)
        rounds = try settings.integer("rounds", in: 1...1000, default: 10)
        roundEpochs = try settings.integer("roundEpochs", in: 0...10_000, default: 5)
        step = try settings.number("step", in: 0...1000, default: 2)
        clusters = try settings.integer("clusters", in: 1...10_000, default: 10)
    }

    /// Returns a surrogate per budget.
    ///
    /// - Throws: ``ThreatModelError`` without trainer or pool, when the pool is smaller than the largest budget, or when
    ///   the student does not fit the victim.
    public func run(against victim: Predictions, knowing knowledge: Knowledge, random: RandomStream) throws
        -> [Surrogate]
    {
        let training = try StudentTraining(student, knowledge, attack: Self.card.id)
        let (largest, width) = (budgets[budgets.count - 1], training.network.inputs)
        // Of noise the bandit needs more than it will ask, or there is nothing to choose.
        let size = pool == .noise && strategy == .adaptive ? 2 * largest : largest
        let records = try pool.records(knowledge, size: size, width: width, random["pool"], attack: Self.card.id)
        try training.require(classes: victim.classes)
        var set = TransferSet(width: width, classes: training.network.classes)
        switch strategy {
        case .random:
            let order = random["order"].permutation(records.count)
            let queries = records.requiredFeatures.gatherRows(Array(order.prefix(largest)))
            set.append(queries, try answers.ask(victim, queries))
            return try training.surrogates(budgets, of: set)
        case .adaptive:
            var strategy = BanditQueries(
                arms: arms(of: records, random["clusters"]), reward: reward, step: step, random: random["bandit"])
            let ends = TheftRounds.ends(budgets, rounds: rounds, seed: 0)
            let plan = TheftRounds(training: training, budgets: budgets, ends: ends, epochs: roundEpochs)
            return try plan.play(&strategy, on: records.requiredFeatures, into: &set) { try answers.ask(victim, $0) }
        }
    }

    /// The arm of each record: its label, or its cluster where the pool has none.
    private func arms(of pool: Records, _ random: RandomStream) -> [Int] {
        guard let labels = pool.labels else {
            return KMeans(pool.requiredFeatures, clusters: clusters, random: random).clusters
        }
        let known = Set(labels).sorted()
        let places = Dictionary(uniqueKeysWithValues: zip(known, known.indices))
        return labels.map { places[$0, default: 0] }
    }
}
