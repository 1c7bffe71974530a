public import Models
public import Tensors

/// Something that changes what a service answers, so that less can be learned from it.
///
/// It is the identity on answers to operations that its card does not name.
public protocol OutputDefence: Sendable {
    /// Its entry in the catalogue.
    static var card: DefenceCard { get }
    /// Whether what it tells of a token depends on nothing but that token and the text before it.
    ///
    /// So each token can be told before the next is there. Where not, which is the default, a stream is held back until
    /// the whole answer is there and defended.
    static var actsTokenByToken: Bool { get }
    /// Creates it of one number per entry of ``DefenceCard/values``, each in its range.
    ///
    /// - Throws: ``NamedValuesError/missing(_:what:)`` when the material lacks something.
    init(_ values: [Double], _ material: DefenceMaterial) throws(NamedValuesError)
    /// What is asked of the model in place of a query.
    ///
    /// - Throws: ``ThreatModelError/refused(_:)`` when the defence does not allow it.
    func prepared(_ query: Query) throws(ThreatModelError) -> Query
    /// What is told in place of an answer.
    func defended(_ answer: Answer, to query: Query) -> Answer
}

extension OutputDefence {
    /// The whole answer is needed.
    public static var actsTokenByToken: Bool { false }
    /// The query as it is.
    public func prepared(_ query: Query) throws(ThreatModelError) -> Query { query }
    /// The answer as it is.
    public func defended(_ answer: Answer, to query: Query) -> Answer { answer }
}

/// What the owner of a model gives to its defences.
public struct DefenceMaterial: Sendable {
    /// Where noise is drawn; whoever knows it can subtract the noise.
    public var random: RandomStream
    /// The tokens of the training texts, whole documents, which an n-gram filter keeps from being completed.
    public var trainingTexts: [[Int32]]?
    /// What the model is called; models of different names get different noise.
    public var model: String

    /// Creates material.
    public init(random: RandomStream, trainingTexts: [[Int32]]? = nil, model: String = "victim") {
        (self.random, self.trainingTexts, self.model) = (random, trainingTexts, model)
    }

    /// Creates material of the records that a model was trained on.
    ///
    /// - Parameters:
    ///   - random: where noise is drawn.
    ///   - records: the training records; of texts each window counts as a text, so that n-grams across the border of
    ///     two windows are not known.
    ///   - model: what the model is called.
    public init(random: RandomStream, training records: Records, model: String = "victim") {
        self.init(random: random, trainingTexts: records.window > 0 ? records.texts : nil, model: model)
    }

    /// The material of one defence of a chain, the first being at 0.
    ///
    /// Each has a stream of its own: two that added the same noise would add twice the noise of one, and where two models
    /// had the same noise, the difference of their answers would have none.
    func at(_ position: Int) -> DefenceMaterial {
        var own = self
        own.random = random[model][position]
        return own
    }
}

/// What the catalogue says of a defence.
public struct DefenceCard: Codable, Sendable, Equatable {
    /// Its name in specs and on the command line.
    public var id: String
    /// What it does, in one sentence.
    public var summary: String
    /// Where it was published.
    public var paper: String
    /// The numbers that it is set by.
    public var values: [ValueCard]
    /// The operations whose queries or answers it changes.
    public var touches: [Operation]
    /// The operations that it takes off the service's card.
    public var hides: [Operation]
    /// What it leaves open.
    public var leaves: String
    /// Where it departs from the paper; empty when it does not.
    public var deviations: String

    /// Creates a card.
    public init(
        id: String, summary: String, paper: String, values: [ValueCard] = [], touches: [Operation],
        hides: [Operation] = [], leaves: String, deviations: String = ""
    ) {
        (self.id, self.summary, self.paper, self.values) = (id, summary, paper, values)
        (self.touches, self.hides, self.leaves, self.deviations) = (touches, hides, leaves, deviations)
    }
}
