public import Models
public import Tensors
public import Training

/// An attack: what it may ask, what it returns, and how it plays.
///
/// It trains nothing behind the runner's back and grades nothing: evidence goes to the game that holds the secret.
public protocol Attack: Sendable {
    /// The capability that it needs.
    associatedtype VictimAccess: Access
    /// What it returns.
    associatedtype Evidence: Sendable
    /// Its entry in the catalogue.
    static var card: AttackCard { get }
    /// Plays against a victim.
    func run(against victim: VictimAccess, knowing knowledge: Knowledge, random: RandomStream) throws -> Evidence
}

/// An attack that scores each candidate.
public protocol MembershipAttack: Attack where Evidence == MembershipScores {
    /// Reads its settings.
    init(_ settings: inout AttackSettings) throws(AttackSettingsError)
}
/// An attack that rebuilds the model.
public protocol ExtractionAttack: Attack where Evidence == [Surrogate] {}
/// An attack that trains students on what a victim behind an interface answers.
public protocol TheftAttack: ExtractionAttack {
    /// Reads its settings; a student is trained by the recipe.
    init(_ settings: inout AttackSettings, student: Recipe) throws(AttackSettingsError)
}
/// An attack that rebuilds records.
public protocol InversionAttack: Attack where Evidence == Reconstructions {}

/// What the catalogue says of an attack.
public struct AttackCard: Sendable, Equatable, Codable {
    /// Its identifier in specs and on the command line.
    public var id: String
    /// What it does, in one sentence.
    public var summary: String
    /// Where it was published.
    public var paper: String
    /// The families that it applies to.
    public var families: [String]
    /// The access that it needs, in words.
    public var access: String
    /// What it needs to know besides.
    public var knowledge: String
    /// Queries, in words.
    public var queries: String
    /// Queries per candidate, when that is a constant.
    public var queriesPerCandidate: Int?
    /// Models that the adversary trains, in words.
    public var trainings: String
    /// Where it departs from the paper; empty when it does not.
    public var deviations: String

    /// Creates a card.
    public init(
        id: String, summary: String, paper: String, families: [String], access: String,
        knowledge: String = "candidates",
        queries: String, queriesPerCandidate: Int? = nil, trainings: String = "none", deviations: String = ""
    ) {
        self.id = id
        self.summary = summary
        self.paper = paper
        self.families = families
        self.access = access
        self.knowledge = knowledge
        self.queries = queries
        self.queriesPerCandidate = queriesPerCandidate
        self.trainings = trainings
        self.deviations = deviations
    }
}

/// One score per candidate; higher means "member".
public struct MembershipScores: Sendable, Equatable {
    /// The scores, in the order of the candidates.
    public let values: [Double]

    /// Creates scores.
    public init(_ values: [Double]) { self.values = values }
}

/// A model that was rebuilt from answers, and what it cost.
public struct Surrogate: Sendable {
    /// The queries that its training set took.
    public let budget: Int
    /// The tokens that were read and written for them; 0 of what is no text.
    public let tokens: Int
    /// The model.
    public let model: Model

    /// Creates a surrogate.
    public init(budget: Int, tokens: Int = 0, model: Model) {
        (self.budget, self.tokens, self.model) = (budget, tokens, model)
    }
}

/// Rebuilt images of candidates.
public struct Reconstructions: Sendable {
    /// The candidates that were rebuilt, as indices.
    public let candidates: [Int]
    /// Their images, shape [candidates.count, pixels], values in [0, 1].
    public let images: Tensor

    /// Creates reconstructions.
    public init(candidates: [Int], images: Tensor) { (self.candidates, self.images) = (candidates, images) }
}

/// The losses of canaries and of the secrets that might have stood in their place, in nats per token.
public struct CanaryLosses: Sendable {
    /// Of each canary.
    public let canaries: [Double]
    /// Of each alternative from the same space, none of them planted.
    public let alternatives: [Double]

    /// Creates the evidence.
    public init(canaries: [Double], alternatives: [Double]) {
        (self.canaries, self.alternatives) = (canaries, alternatives)
    }
}

/// Continuations of the beginnings of candidates.
public struct TextContinuations: Sendable {
    /// The candidates whose beginnings were given, as indices.
    public let candidates: [Int]
    /// The number of tokens that were given.
    public let prefix: Int
    /// What the victim made of each.
    public let tokens: [[Int32]]

    /// Creates the evidence.
    public init(candidates: [Int], prefix: Int, tokens: [[Int32]]) {
        (self.candidates, self.prefix, self.tokens) = (candidates, prefix, tokens)
    }
}
