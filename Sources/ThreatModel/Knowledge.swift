public import Datasets
public import Models
public import Tensors
public import Training

/// What the adversary has besides its queries; no membership bit of the victim is among it.
public struct Knowledge: Sendable {
    /// The records whose membership is asked, members and non-members mixed.
    public var candidates: Records
    /// Records of the same distribution that are no candidates.
    public var population: Records
    /// Models that the adversary trained on known halves of the candidates.
    public var shadows: ShadowView?
    /// The adversary's own training facility.
    public var trainer: SurrogateTrainer?
    /// What every shadow answers for every candidate, when the pool has kept it.
    public var shadowAnswers: ShadowAnswers?
    /// How the victim was trained, as far as the adversary knows or guesses it.
    public var recipe: Recipe?
    /// Records of another distribution, with labels of their own.
    public var foreign: Records?
    /// What turns text into the victim's tokens and back.
    public var tokeniser: Tokeniser?
    /// Width and height of images.
    public var imageSize: ImageSize?

    /// Creates knowledge.
    public init(
        candidates: Records, population: Records, shadows: ShadowView? = nil, trainer: SurrogateTrainer? = nil
    ) {
        self.candidates = candidates
        self.population = population
        self.shadows = shadows
        self.trainer = trainer
    }
}

/// The extents of an image in pixels.
public struct ImageSize: Sendable, Equatable, Codable {
    /// Columns.
    public var width: Int
    /// Rows.
    public var height: Int

    /// Creates extents.
    public init(width: Int, height: Int) { (self.width, self.height) = (width, height) }
}

/// The probabilities with which the shadows answer, and which shadow saw which candidate.
public struct ShadowAnswers: Sendable {
    /// Of each shadow, shape [candidates, classes].
    public let probabilities: [Tensor]
    /// Whether the shadow was trained on the candidate, [shadow][candidate].
    public let membership: [[Bool]]

    /// Creates answers.
    ///
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when the arrays do not belong together.
    public init(probabilities: [Tensor], membership: [[Bool]]) throws(ThreatModelError) {
        guard probabilities.count == membership.count,
            zip(probabilities, membership).allSatisfy({ $0.rows == $1.count })
        else { throw .mismatch("shadow answers and membership must be of the same shadows and candidates") }
        (self.probabilities, self.membership) = (probabilities, membership)
    }
}

/// A read-only view of a shadow pool: one signal of every shadow on every candidate, and which shadow saw which.
public struct ShadowView: Sendable, Equatable {
    /// The signal, [shadow][candidate].
    public let signals: [[Double]]
    /// Whether the shadow was trained on the candidate, [shadow][candidate].
    public let membership: [[Bool]]
    /// The signal on records that nobody trained on, [shadow][population record], when the pool has kept it.
    public let population: [[Double]]?
    /// Which models may be used for a record, [shadow][candidate]; `nil` for all.
    private var isUsed: [[Bool]]?

    /// Creates a view.
    ///
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when the arrays do not belong together.
    public init(
        signals: [[Double]], membership: [[Bool]], population: [[Double]]? = nil
    ) throws(ThreatModelError) {
        let candidates = signals.first?.count ?? 0
        guard signals.count == membership.count, signals.allSatisfy({ $0.count == candidates }),
            membership.allSatisfy({ $0.count == candidates })
        else {
            throw .mismatch(
                "shadow signals [\(signals.count), \(candidates)] and membership "
                    + "[\(membership.count), \(membership.first?.count ?? 0)] do not belong together; "
                    + "both must be [shadows, candidates]")
        }
        guard population.map({ $0.count == signals.count }) ?? true else {
            throw .mismatch("population signals of \(population?.count ?? 0) shadows in a pool of \(signals.count)")
        }
        self.signals = signals
        self.membership = membership
        self.population = population
    }

    private init(_ view: ShadowView, isUsed: [[Bool]], population: [[Double]]?) {
        (signals, membership) = (view.signals, view.membership)
        (self.isUsed, self.population) = (isUsed, population)
    }

    /// The view of an adversary with fewer models: for each record the first `members` that saw it and the first
    /// `nonMembers` that did not, or as many as there are; on the population as many of the pool's first models.
    ///
    /// How many there are of each kind then says nothing of how often a record was IN.
    public func limited(members: Int, nonMembers: Int) -> ShadowView {
        var isUsed = signals.map { [Bool](repeating: false, count: $0.count) }
        for record in (signals.first ?? []).indices {
            var left = (members: members, nonMembers: nonMembers)
            for shadow in signals.indices {
                if membership[shadow][record], left.members > 0 {
                    left.members -= 1
                    isUsed[shadow][record] = true
                } else if !membership[shadow][record], left.nonMembers > 0 {
                    left.nonMembers -= 1
                    isUsed[shadow][record] = true
                }
            }
        }
        return ShadowView(
            self, isUsed: isUsed, population: population.map { Array($0.prefix(members + nonMembers)) })
    }

    /// The view with every signal on another scale.
    func mapped(_ scale: ([Double]) -> [Double]) throws(ThreatModelError) -> ShadowView {
        var view = try ShadowView(
            signals: signals.map(scale), membership: membership, population: nil)
        view.isUsed = isUsed
        return view
    }

    /// The signals of one candidate under the shadows that did, or did not, train on it.
    public func values(of candidate: Int, whenMember: Bool) -> [Double] {
        signals.indices.compactMap { shadow in
            membership[shadow][candidate] == whenMember && isUsed?[shadow][candidate] ?? true
                ? signals[shadow][candidate] : nil
        }
    }
}

/// Trains surrogates for an attack, out of its sight cached and counted.
public struct SurrogateTrainer: Sendable {
    private let body: @Sendable (String, Recipe, Records, CheckpointChoice?) throws -> Model

    /// Wraps a facility that trains a recipe on records under a name that is unique in the attack, and that tells no
    /// checkpoints.
    public init(_ body: @escaping @Sendable (String, Recipe, Records) throws -> Model) {
        self.init { name, recipe, records, choice in
            guard choice == nil else {
                throw ThreatModelError.missingKnowledge("a trainer that tells its checkpoints", attack: name)
            }
            return try body(name, recipe, records)
        }
    }

    /// Wraps a facility that also takes a choice among the checkpoints; without one the last is meant.
    public init(_ body: @escaping @Sendable (String, Recipe, Records, CheckpointChoice?) throws -> Model) {
        self.body = body
    }

    /// Trains a surrogate; with a choice, as far as that says.
    public func train(
        _ name: String, _ recipe: Recipe, on records: Records, choosing choice: CheckpointChoice? = nil
    ) throws -> Model {
        try body(name, recipe, records, choice)
    }
}

extension ShadowView {
    /// Checks that a target's signal is of as many candidates as the view.
    ///
    /// - Throws: ``ThreatModelError/mismatch(_:)``.
    public func check(_ target: [Double]) throws(ThreatModelError) {
        guard let first = signals.first, first.count == target.count else {
            throw .mismatch(
                "a target signal of \(target.count) candidates and a shadow pool of \(signals.first?.count ?? 0); "
                    + "both must be of the same candidates in the same order")
        }
    }
}

extension ShadowView {
    /// The signals of one candidate under the shadows that did not train on it.
    ///
    /// - Throws: ``ThreatModelError/tooFewShadows(record:members:nonMembers:needed:)`` when all of them did.
    public func outValues(of candidate: Int) throws(ThreatModelError) -> [Double] {
        let out = values(of: candidate, whenMember: false)
        guard !out.isEmpty else {
            throw .tooFewShadows(record: candidate, members: signals.count, nonMembers: 0, needed: 1)
        }
        return out
    }
}

extension Knowledge {
    /// The shadow pool of an attack that cannot do without.
    public func requiredShadows(_ attack: String) throws(ThreatModelError) -> ShadowView {
        guard let shadows else { throw .missingKnowledge("a shadow pool", attack: attack) }
        return shadows
    }

    /// The shadows' answers of an attack that cannot do without.
    public func requiredShadowAnswers(_ attack: String) throws(ThreatModelError) -> ShadowAnswers {
        guard let shadowAnswers else { throw .missingKnowledge("a shadow pool's answers", attack: attack) }
        return shadowAnswers
    }

    /// The classes of the candidates, for an attack that cannot do without.
    public func requiredLabels(_ attack: String) throws(ThreatModelError) -> [Int32] {
        guard let labels = candidates.labels else {
            throw .missingKnowledge("the candidates' labels", attack: attack)
        }
        return labels
    }

    /// The vectors of the candidates, for an attack that cannot do without, shape [count, width].
    public func requiredFeatures(_ attack: String) throws(ThreatModelError) -> Tensor {
        guard let features = candidates.features else {
            throw .missingKnowledge("candidates that are vectors", attack: attack)
        }
        return features
    }

    /// The tokeniser of an attack that cannot do without.
    public func requiredTokeniser(_ attack: String) throws(ThreatModelError) -> Tokeniser {
        guard let tokeniser else { throw .missingKnowledge("the victim's tokeniser", attack: attack) }
        return tokeniser
    }

    /// The recipe of an attack that cannot do without.
    public func requiredRecipe(_ attack: String) throws(ThreatModelError) -> Recipe {
        guard let recipe else { throw .missingKnowledge("the victim's recipe", attack: attack) }
        return recipe
    }

    /// The size of the images, for an attack that cannot do without.
    public func requiredImageSize(_ attack: String) throws(ThreatModelError) -> ImageSize {
        guard let imageSize else { throw .missingKnowledge("the size of the images", attack: attack) }
        return imageSize
    }

    /// The records of another distribution, for an attack that cannot do without.
    public func requiredForeign(_ attack: String) throws(ThreatModelError) -> Records {
        guard let foreign, foreign.count > 0 else { throw .missingKnowledge("foreign records", attack: attack) }
        return foreign
    }

    /// The population of an attack that cannot do without.
    public func requiredPopulation(_ attack: String) throws(ThreatModelError) -> Records {
        guard population.count > 0 else { throw .missingKnowledge("population records", attack: attack) }
        return population
    }

    /// The trainer of an attack that cannot do without.
    public func requiredTrainer(_ attack: String) throws(ThreatModelError) -> SurrogateTrainer {
        guard let trainer else { throw .missingKnowledge("a trainer", attack: attack) }
        return trainer
    }
}
