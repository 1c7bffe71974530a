import Models
public import Tensors
public import ThreatModel
public import Training

/// Trains a student on the labels that a classifier gives to records of a pool, and on nothing else.
///
/// - Source: Correia-Silva, Berriel, Badue, de Souza and Oliveira-Santos, "Copycat CNN", IJCNN 2018.
/// - Deviation: no augmentation of the queries, and the student starts from nothing.
public struct CopyCat: TheftAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "copycat", summary: "A student trained on the labels that a classifier gives to records of a pool.",
        paper: "Correia-Silva et al., IJCNN 2018", families: ["classifier"], access: "labels",
        knowledge: "foreign records; or population, or nothing for a pool of noise",
        queries: "the largest budget, one per record", trainings: "one student per budget",
        deviations: "no augmentation; the student starts from nothing")

    /// The numbers of queries, in ascending order.
    public let budgets: [Int]
    /// How a student is trained.
    public var student: Recipe
    /// Where queries are taken from.
    public var pool = QueryPool.foreign

    /// Creates the attack.
    ///
    /// - Precondition: there is a budget, and none is below 1.
    public init(budgets: [Int], student: Recipe) { (self.budgets, self.student) = (budgets.ascendingBudgets, student) }

    /// Creates the attack with `budgets` and `pool`.
    public init(_ settings: inout AttackSettings, student: Recipe) throws(AttackSettingsError) {
        (budgets, self.student) = (try settings.budgets(), student)
        pool = try settings.choice("pool", default: .foreign)
    }

    /// Returns a surrogate per budget.
    ///
    /// - Throws: ``ThreatModelError`` without trainer or pool, when the pool is smaller than the largest budget, or when
    ///   the student does not fit the victim.
    public func run(against victim: LabelsOnly, knowing knowledge: Knowledge, random: RandomStream) throws
        -> [Surrogate]
    {
        let training = try StudentTraining(student, knowledge, attack: Self.card.id)
        let (largest, network) = (budgets[budgets.count - 1], training.network)
        let records = try pool.records(
            knowledge, size: largest, width: network.inputs, random["pool"], attack: Self.card.id)
        try training.require(classes: victim.classes)
        let order = random["order"].permutation(records.count)
        let queries = Records(features: records.requiredFeatures.gatherRows(Array(order.prefix(largest))))
        let labels = try victim.labels(queries)
        var set = TransferSet(width: network.inputs, classes: network.classes)
        set.append(queries.requiredFeatures, .oneHot(labels, classes: network.classes))
        return try training.surrogates(budgets, of: set)
    }
}
