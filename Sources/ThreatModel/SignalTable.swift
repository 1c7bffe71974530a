public import Tensors

/// Everything that an attack on a scalar signal reads, on one scale: higher means member.
///
/// It is what a player gathers through its access, what leave-one-out targets are made of, and what a file of another
/// framework holds; a ``SignalScorer`` cannot tell which.
public struct SignalTable: Sendable {
    /// The target's signal on each candidate, [C].
    public var target: [Double]
    /// The pool's signals on the candidates, and which shadow saw which, [S, C].
    public var shadows: ShadowView?
    /// The target's signal on records that nobody trained on, [P].
    public var population: [Double]?
    /// The pool's signals on those records, [S][P].
    public var populationShadows: [[Double]]?
    /// What a regression may read of each candidate, [C, D].
    public var features: Tensor?
    /// What a regression may read of each population record, [P, D].
    public var populationFeatures: Tensor?

    /// Creates a table.
    public init(
        target: [Double], shadows: ShadowView? = nil, population: [Double]? = nil,
        populationShadows: [[Double]]? = nil, features: Tensor? = nil, populationFeatures: Tensor? = nil
    ) {
        self.target = target
        self.shadows = shadows
        self.population = population
        self.populationShadows = populationShadows
        self.features = features
        self.populationFeatures = populationFeatures
    }

    /// The pool, checked against the target.
    ///
    /// - Throws: ``ThreatModelError`` without a pool, or with one of other candidates.
    public func requiredShadows(_ attack: String) throws(ThreatModelError) -> ShadowView {
        guard let shadows else { throw .missingKnowledge("a shadow pool", attack: attack) }
        try shadows.check(target)
        return shadows
    }

    /// The target's signal on the population.
    public func requiredPopulation(_ attack: String) throws(ThreatModelError) -> [Double] {
        guard let population, !population.isEmpty else {
            throw .missingKnowledge("population records", attack: attack)
        }
        return population
    }

    /// The pool's signals on the population, one row per shadow.
    public func requiredPopulationShadows(_ attack: String) throws(ThreatModelError) -> [[Double]] {
        let (population, shadows) = (try requiredPopulation(attack), try requiredShadows(attack))
        guard let populationShadows else {
            throw .missingKnowledge("the shadows' signals on population records", attack: attack)
        }
        guard (1...max(shadows.signals.count, 1)).contains(populationShadows.count),
            populationShadows.allSatisfy({ $0.count == population.count })
        else {
            throw .mismatch(
                "the shadows' population signals [\(populationShadows.count), \(populationShadows.first?.count ?? 0)] "
                    + "must be of at most \(shadows.signals.count) shadows and of the target's \(population.count) records"
            )
        }
        return populationShadows
    }
}

/// The scale on which a scorer wants its signals; on all of them higher means member.
public enum SignalScale: Sendable {
    /// As it is, oriented; of a probability its logarithm.
    case natural
    /// As it is, oriented; of a probability its logit, which is nearly normal over models.
    case logit
    /// The logarithm of a likelihood: of a logit ln σ, of a loss its negative.
    case logLikelihood
}

/// What a scorer reads beside the target's signal on the candidates.
public struct SignalNeeds: OptionSet, Sendable {
    /// The parts, as bits.
    public let rawValue: Int

    /// Creates a set of parts.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The pool's signals on the candidates.
    public static let shadows = SignalNeeds(rawValue: 1)
    /// The target's signal on the population, and the pool's when the scorer reads a pool.
    public static let population = SignalNeeds(rawValue: 2)
    /// What a regression may read of candidates and population.
    public static let descriptors = SignalNeeds(rawValue: 4)
}

/// A membership attack that is a pure function of a table of signals.
public protocol SignalScorer: Sendable {
    /// Its entry in the catalogue.
    static var card: AttackCard { get }
    /// The scale that it reads.
    static var scale: SignalScale { get }
    /// What it reads.
    var needs: SignalNeeds { get }
    /// Reads its settings.
    init(_ settings: inout AttackSettings) throws(AttackSettingsError)
    /// Returns one score per candidate; higher means member.
    ///
    /// - Throws: ``ThreatModelError`` when the table lacks something or a fit has too few models.
    func scores(_ table: SignalTable) throws(ThreatModelError) -> [Double]
}
