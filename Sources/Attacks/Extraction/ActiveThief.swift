import Models
public import Tensors
public import ThreatModel
public import Training

/// Trains a student on a classifier's answers to the records of a pool from which it would learn most.
///
/// Some are asked at random; then rounds follow, each of which trains a student from scratch on all answers so far and
/// asks what that student is least sure of (`entropy`), what lies farthest from all that was asked in the space of its
/// answers (`k-centre`), what is nearest to its boundaries (`deepfool`), or the farthest of those that are nearest to
/// its boundaries (`deepfool-k-centre`). A share of the queries (the paper's fifth) is random, held out, and chooses
/// among the checkpoints of each budget's training; it is paid for and never trained on, which a small budget feels.
/// - Source: Pal, Gupta, Shukla, Kanade, Shevade and Ganapathy, "ActiveThief", AAAI 2020.
/// - Deviation: one transfer set for all budgets, so the rounds of a larger budget go on from those of a smaller;
///   validation chooses among some sixty checkpoints of one training instead of one per epoch, by agreement instead of
///   F1, and not for the students between budgets; k-centre starts from the answers to all that was asked, held-out
///   queries among them.
public struct ActiveThief: TheftAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "active-thief", summary: "A student trained on a classifier's answers to what it would learn most from.",
        paper: "Pal et al., AAAI 2020", families: ["classifier"], access: "predictions",
        knowledge: "population; or foreign records, or nothing for a pool of noise",
        queries: "the largest budget, one per record", trainings: "one student per round and per budget",
        deviations: "one transfer set for all budgets; validation chooses among sixty checkpoints instead of epochs")

    /// How queries are chosen.
    public enum Strategy: String, Codable, Sendable, CaseIterable {
        /// Uniformly, without replacement: what the others are compared with.
        case random
        /// The largest entropy of the student's answer.
        case entropy
        /// The largest distance to all that was asked, in the student's probabilities.
        case kCentre = "k-centre"
        /// The smallest distance to a boundary of the student.
        case deepFool = "deepfool"
        /// k-centre among the records with the smallest distance to a boundary.
        case deepFoolKCentre = "deepfool-k-centre"
    }

    /// The numbers of queries, in ascending order.
    public let budgets: [Int]
    /// How a student is trained.
    public var student: Recipe
    /// How queries are chosen.
    public var strategy = Strategy.entropy
    /// Where they are taken from.
    public var pool = QueryPool.population
    /// What is kept of the answers.
    public var answers = AnswerForm.probabilities
    /// The rounds up to each budget from the one before.
    public var rounds = 10
    /// The epochs of a student between budgets; 0 for the recipe's own.
    public var roundEpochs = 0
    /// The share of the first budget that is asked at random before any student is trained.
    public var seed = 0.1
    /// The share of all queries that is held out, in [0, 0.9]; 0 for no validation.
    public var validation = 0.2
    /// The records among which DeepFool chooses, drawn anew in each round: it costs passes for each class and step.
    public var considered = 5000
    /// How many times as many records DeepFool leaves to k-centre as are asked.
    public var shortlist = 4

    /// Creates the attack.
    ///
    /// - Precondition: there is a budget, and none is below 1.
    public init(budgets: [Int], student: Recipe) { (self.budgets, self.student) = (budgets.ascendingBudgets, student) }

    /// Creates the attack with `budgets`, `strategy`, `pool`, `answers`, `rounds`, `roundEpochs`, `seed`, `validation`,
    /// `considered` and `shortlist`.
    public init(_ settings: inout AttackSettings, student: Recipe) throws(AttackSettingsError) {
        (budgets, self.student) = (try settings.budgets(), student)
        strategy = try settings.choice("strategy", default: .entropy)
        pool = try settings.choice("pool", default: .population)
        answers = try settings.choice("answers", default: .probabilities)
        rounds = try settings.integer("rounds", in: 1...1000, default: 10)
        roundEpochs = try settings.integer("roundEpochs", in: 0...10_000, default: 0)
        seed = try settings.number("seed", in: 0...1, default: 0.1)
        validation = try settings.number("validation", in: 0...0.9, default: 0.2)
        considered = try settings.integer("considered", in: 1...10_000_000, default: 5000)
        shortlist = try settings.integer("shortlist", in: 1...1000, default: 4)
    }

    /// Returns a surrogate per budget.
    ///
    /// - Throws: ``ThreatModelError`` without trainer or pool, when the pool is smaller than the largest budget, or when
    ///   the student does not fit the victim or has no gradients that DeepFool could follow.
    public func run(against victim: Predictions, knowing knowledge: Knowledge, random: RandomStream) throws
        -> [Surrogate]
    {
        let training = try StudentTraining(student, knowledge, attack: Self.card.id)
        if strategy == .deepFool || strategy == .deepFoolKCentre { try training.requireInputGradients() }
        let (largest, width) = (budgets[budgets.count - 1], training.network.inputs)
        // Of noise there must be more than is asked, or there is nothing to choose.
        let size = pool == .noise ? 2 * largest : largest
        let records = try pool.records(knowledge, size: size, width: width, random["pool"], attack: Self.card.id)
        try training.require(classes: victim.classes)
        let features = records.requiredFeatures
        var set = TransferSet(width: width, classes: training.network.classes, heldOut: validation)
        var queries = ActiveQueries(
            pool: features, strategy: strategy, considered: considered, shortlist: shortlist,
            heldOut: set.heldOutCount(largest), random: random["order"])
        let ends = TheftRounds.ends(budgets, rounds: rounds, seed: seed)
        let plan = TheftRounds(training: training, budgets: budgets, ends: ends, epochs: roundEpochs)
        return try plan.play(&queries, on: features, into: &set) { try answers.ask(victim, $0) }
    }
}
