public import Models
public import Tensors
public import ThreatModel

/// Trains one network per class to tell a model's answers on its training records from its answers on others.
///
/// - Source: Shokri, Stronati, Song and Shmatikov, "Membership inference attacks against machine learning models",
///   S&P 2017.
/// - Deviation: the shadows are those of the pool, trained on random halves of the candidates; no records are
///   synthesised by hill climbing. The score is a logit, which has no ties.
public struct ShadowClassifier: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "shokri", summary: "One network per class, trained on the shadows' answers to what they saw and did not.",
        paper: "Shokri et al., S&P 2017", families: ["classifier"], access: "scores",
        knowledge: "candidates with labels, the shadows' answers", queries: "1 per candidate", queriesPerCandidate: 1,
        trainings: "the shadows, and one attack network per class",
        deviations: "the shadows train on halves of the candidates; records are not synthesised")

    /// Whether a network reads the probabilities in falling order instead of by class.
    public var sorted: Bool
    /// How a network is trained.
    public var network: AttackNetwork

    /// Creates the attack.
    public init(sorted: Bool = false, network: AttackNetwork = AttackNetwork()) {
        (self.sorted, self.network) = (sorted, network)
    }
    /// Creates the attack with `sorted`: true or false, and the settings of ``AttackNetwork``.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        sorted = try settings.flag("sorted", default: false)
        network = try AttackNetwork(&settings)
    }

    /// Returns what a network reads of each answer: the probabilities, in falling order when `sorted`.
    ///
    /// - Shapes: [count, classes] → [count, classes].
    public static func features(_ probabilities: Tensor, sorted: Bool) -> Tensor {
        sorted ? probabilities.largestOfRows(probabilities.columns) : probabilities
    }

    /// Returns the verdict of each record's class's network.
    ///
    /// - Shapes: features [C, width], labels [C]; scores [C].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when a class has no network, or one that reads something else.
    public static func scores(
        features: Tensor, labels: [Int32], networks: [Int32: Model]
    ) throws(ThreatModelError) -> [Double] {
        var scores = [Double](repeating: 0, count: labels.count)
        for label in Set(labels).sorted() {
            guard let network = networks[label] else { throw .mismatch("no attack network for class \(label)") }
            let records = labels.indices.filter { labels[$0] == label }
            let verdicts = try AttackNetwork.scores(network, features.gatherRows(records))
            for (record, verdict) in zip(records, verdicts) { scores[record] = verdict }
        }
        return scores
    }

    /// Plays against the victim.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let trainer = try knowledge.requiredTrainer(Self.card.id)
        let answers = try knowledge.requiredShadowAnswers(Self.card.id)
        let labels = try knowledge.requiredLabels(Self.card.id)
        let probabilities = try victim.classProbabilities(knowledge.candidates)
        try answers.check(against: probabilities)
        var networks: [Int32: Model] = [:]
        for label in Set(labels).sorted() {
            let records = labels.indices.filter { labels[$0] == label }
            let rows = Tensor.concatenatedRows(answers.probabilities.map { $0.gatherRows(records) })
            networks[label] = try network.train(
                "class-\(label)", on: Self.features(rows, sorted: sorted),
                isMember: answers.membership.flatMap { membership in records.map { membership[$0] } }, trainer)
        }
        let features = Self.features(probabilities, sorted: sorted)
        return MembershipScores(try Self.scores(features: features, labels: labels, networks: networks))
    }
}
