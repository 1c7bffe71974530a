import Models
public import Tensors
public import ThreatModel
public import Training

/// Trains a student on a few records and on what lies beside them, where the student's own gradients point.
///
/// S ← S ∪ {x + λ·sign ∂F_{y(x)}/∂x}: each round trains a student F on all answers so far, and moves records of S along
/// the signs of the gradient of the logit of the victim's label y(x), forth for `period` rounds, then back for as many.
/// After `doublings` rounds only `reservoir` records of S, drawn at random, are moved. Rounds go on until the largest
/// budget is spent, from a seed of records that does not depend on it.
/// - Source: Papernot, McDaniel, Goodfellow, Jha, Celik and Swami, "Practical black-box attacks against machine
///   learning", AsiaCCS 2017; the alternation and the reservoir are its §5.3.
/// - Deviation: the gradient of a logit instead of a probability, which vanishes where a student is sure; the budget, not
///   a number of rounds, says when to stop, and the last round moves only as many records as it has left.
public struct JacobianAugmentation: TheftAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "jacobian-augmentation",
        summary: "A student trained on few records and on what its gradients make of them.",
        paper: "Papernot et al., AsiaCCS 2017", families: ["classifier"], access: "predictions",
        knowledge: "population: a few records", queries: "the largest budget, one per record",
        trainings: "one student per round and per budget",
        deviations: "gradients of logits instead of probabilities; the last round moves what the budget has left")

    /// The numbers of queries, in ascending order.
    public let budgets: [Int]
    /// How a student is trained.
    public var student: Recipe
    /// The records of the population that are asked first.
    public var seed = 150
    /// λ, how far each number of a record is moved.
    public var step = 0.1
    /// τ, after how many rounds the sign of the step changes.
    public var period = 3
    /// σ, the rounds that move all records.
    public var doublings = 3
    /// κ, how many records are moved in each later round.
    public var reservoir = 400
    /// What is kept of the answers.
    public var answers = AnswerForm.labels
    /// The epochs of a student between rounds; 0 for the recipe's own.
    public var roundEpochs = 5

    /// Creates the attack.
    ///
    /// - Precondition: there is a budget, and none is below 1.
    public init(budgets: [Int], student: Recipe) { (self.budgets, self.student) = (budgets.ascendingBudgets, student) }

    /// Creates the attack with `budgets`, `seed`, `step`, `period`, `doublings`, `reservoir`, `answers` and
    /// `roundEpochs`.
    ///
    /// - Throws: ``AttackSettingsError`` also when a budget is not above the seed, so that nothing would be moved.
    public init(_ settings: inout AttackSettings, student: Recipe) throws(AttackSettingsError) {
        (budgets, self.student) = (try settings.budgets(default: [300, 1000]), student)
        seed = try settings.integer("seed", in: 1...10_000_000, default: 150)
        step = try settings.number("step", in: 0...1, default: 0.1)
        period = try settings.integer("period", in: 1...1000, default: 3)
        doublings = try settings.integer("doublings", in: 0...1000, default: 3)
        reservoir = try settings.integer("reservoir", in: 1...10_000_000, default: 400)
        answers = try settings.choice("answers", default: .labels)
        roundEpochs = try settings.integer("roundEpochs", in: 0...10_000, default: 5)
        guard budgets[0] > seed else {
            throw .value(
                "budgets", expected: "numbers above the seed of \(seed), whose records are moved",
                found: .number(Double(budgets[0])))
        }
    }

    /// How many of so many records a round, counted from 0, moves.
    func moved(_ round: Int, of size: Int) -> Int { round < doublings ? size : min(size, reservoir) }

    /// λ of a round counted from 0: forth for `period` rounds, then back for as many.
    func signedStep(_ round: Int) -> Float { Float(round / period % 2 == 0 ? step : -step) }

    /// Returns a surrogate per budget.
    ///
    /// - Precondition: every budget is above the seed.
    /// - Throws: ``ThreatModelError`` without trainer or population, when the population is smaller than the seed, or
    ///   when the student does not fit the victim or has no gradients by its inputs.
    public func run(against victim: Predictions, knowing knowledge: Knowledge, random: RandomStream) throws
        -> [Surrogate]
    {
        let training = try StudentTraining(student, knowledge, attack: Self.card.id)
        try training.requireInputGradients()
        let (largest, width) = (budgets[budgets.count - 1], training.network.inputs)
        precondition(budgets[0] > seed, "a budget of \(budgets[0]) for a seed of \(seed)")
        let pool = try QueryPool.population.records(
            knowledge, size: seed, width: width, random["pool"], attack: Self.card.id)
        try training.require(classes: victim.classes)
        var set = TransferSet(width: width, classes: training.network.classes)
        let order = random["order"].permutation(pool.count)
        let first = pool.requiredFeatures.gatherRows(Array(order.prefix(seed)))
        set.append(first, try answers.ask(victim, first))
        var round = 0
        while set.count < largest {
            let student = try training.train("round-\(round)", on: set.training(set.count), epochs: roundEpochs)
            let order = random["moved"][round].permutation(set.count)
            let rows = Array(order.prefix(min(moved(round, of: set.count), largest - set.count)))
            let queries = augmented(rows, of: set, by: signedStep(round), student)
            set.append(queries, try answers.ask(victim, queries))
            round += 1
        }
        return try training.surrogates(budgets, of: set)
    }

    /// Records of a set, moved along the signs of the gradients of their labels' logits, within [0, 1].
    private func augmented(
        _ rows: [Int], of set: TransferSet, by step: Float, _ student: StudentClassifier
    ) -> Tensor {
        var records = set.queries.gatherRows(rows)
        let labels = set.answers.gatherRows(rows).rowArgmax()
        let gradients = student.logitGradients(records, of: labels)
        let signs = gradients.values.map { Float($0 > 0 ? 1 : $0 < 0 ? -1 : 0) }
        records.add(Tensor(signs, shape: gradients.shape), times: step)
        records.clamp(0, 1)
        return records
    }
}
