public import Tensors
public import ThreatModel

/// Trains one network for all classes on one shadow's largest probabilities.
///
/// - Source: Salem, Zhang, Humbert, Berrang, Fritz and Backes, "ML-Leaks", NDSS 2019, adversary 1.
/// - Deviation: the shadow is one of the pool, trained on a random half of the candidates. The score is a logit.
public struct MLLeaks1: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "ml-leaks-1", summary: "One network for all classes, trained on one shadow's three largest probabilities.",
        paper: "Salem et al., NDSS 2019, adversary 1", families: ["classifier"], access: "scores",
        knowledge: "candidates, the shadows' answers", queries: "1 per candidate", queriesPerCandidate: 1,
        trainings: "one shadow and one attack network",
        deviations: "the shadow trains on half of the candidates")

    /// How many of the largest probabilities the network reads.
    public var top: Int
    /// Which shadow of the pool it learns from.
    public var shadow: Int
    /// How the network is trained.
    public var network: AttackNetwork

    /// Creates the attack.
    public init(top: Int = 3, shadow: Int = 0, network: AttackNetwork = AttackNetwork()) {
        (self.top, self.shadow, self.network) = (top, shadow, network)
    }
    /// Creates the attack with `top` probabilities, a `shadow` by its number, and the settings of ``AttackNetwork``.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        top = try settings.integer("top", in: 1...1_000_000, default: 3)
        shadow = try settings.integer("shadow", in: 0...1_000_000, default: 0)
        network = try AttackNetwork(&settings)
    }

    /// Returns what the network reads of each answer: its largest probabilities in falling order.
    ///
    /// - Shapes: [count, classes] → [count, min(top, classes)].
    public static func features(_ probabilities: Tensor, top: Int) -> Tensor { probabilities.largestOfRows(top) }

    /// Plays against the victim.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let trainer = try knowledge.requiredTrainer(Self.card.id)
        let answers = try knowledge.requiredShadowAnswers(Self.card.id)
        guard shadow < answers.probabilities.count else {
            throw ThreatModelError.mismatch(
                "shadow \(shadow) of a pool of \(answers.probabilities.count); they are numbered from 0")
        }
        let probabilities = try victim.classProbabilities(knowledge.candidates)
        try answers.check(against: probabilities)
        let model = try network.train(
            "attack", on: Self.features(answers.probabilities[shadow], top: top),
            isMember: answers.membership[shadow], trainer)
        return MembershipScores(try AttackNetwork.scores(model, Self.features(probabilities, top: top)))
    }
}
