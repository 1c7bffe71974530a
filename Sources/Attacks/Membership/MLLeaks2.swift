import Models
public import Tensors
public import ThreatModel
import Training

/// Learns from a shadow of another data set how a model answers to what it was trained on.
///
/// - Source: Salem, Zhang, Humbert, Berrang, Fritz and Backes, "ML-Leaks", NDSS 2019, adversary 2.
/// - Deviation: the shadow has the victim's architecture, so the other data set must have its width and classes. The
///   score is a logit.
public struct MLLeaks2: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "ml-leaks-2", summary: "As adversary 1, with a shadow that was trained on another data set.",
        paper: "Salem et al., NDSS 2019, adversary 2", families: ["classifier"], access: "scores",
        knowledge: "candidates, the victim's recipe, foreign records with labels", queries: "1 per candidate",
        queriesPerCandidate: 1, trainings: "one shadow and one attack network",
        deviations: "the other data set must have the victim's width and number of classes")

    /// How many of the largest probabilities the network reads.
    public var top: Int
    /// How the network is trained.
    public var network: AttackNetwork

    /// Creates the attack.
    public init(top: Int = 3, network: AttackNetwork = AttackNetwork()) { (self.top, self.network) = (top, network) }
    /// Creates the attack with `top` probabilities and the settings of ``AttackNetwork``.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        top = try settings.integer("top", in: 1...1_000_000, default: 3)
        network = try AttackNetwork(&settings)
    }

    /// Checks that a classifier can be trained by the recipe on the foreign records.
    ///
    /// - Throws: ``ThreatModelError`` when the recipe is of another family, or its width or number of classes differs.
    static func check(_ recipe: Recipe, _ foreign: Records) throws(ThreatModelError) {
        guard case .classifier(let network) = recipe.architecture else {
            throw .unsupported("class probabilities", family: recipe.architecture.family)
        }
        guard let features = foreign.features, let labels = foreign.labels else {
            throw .missingKnowledge("foreign vectors with labels", attack: card.id)
        }
        let classes = Int(labels.max() ?? -1) + 1
        guard features.columns == network.inputs, classes == network.classes, labels.allSatisfy({ $0 >= 0 }) else {
            throw .mismatch(
                "foreign records of width \(features.columns) in \(classes) classes for a recipe of \(network.inputs) "
                    + "inputs and \(network.classes) classes; choose another data set of the same width and classes")
        }
    }

    /// Plays against the victim.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let trainer = try knowledge.requiredTrainer(Self.card.id)
        let recipe = try knowledge.requiredRecipe(Self.card.id)
        let foreign = try knowledge.requiredForeign(Self.card.id)
        try Self.check(recipe, foreign)
        let probabilities = try victim.classProbabilities(knowledge.candidates)
        let shuffled = foreign.gather(random["split"].permutation(foreign.count))
        let members = foreign.count / 2
        let shadow = try trainer.train("shadow", recipe, on: shuffled.slice(0..<members))
        let model = try network.train(
            "attack", on: MLLeaks1.features(try shadow.answers(shuffled), top: top),
            isMember: (0..<shuffled.count).map { $0 < members }, trainer)
        return MembershipScores(try AttackNetwork.scores(model, MLLeaks1.features(probabilities, top: top)))
    }
}
