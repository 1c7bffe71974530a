public import Models
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

/// A read-only view of a shadow pool: one signal of every shadow on every candidate, and which shadow saw which.
public struct ShadowView: Sendable, Equatable {
    /// The signal, [shadow][candidate].
    public let signals: [[Double]]
    /// Whether the shadow was trained on the candidate, [shadow][candidate].
    public let membership: [[Bool]]

    /// Creates a view.
    ///
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when the arrays do not belong together.
    public init(signals: [[Double]], membership: [[Bool]]) throws(ThreatModelError) {
        let candidates = signals.first?.count ?? 0
        guard signals.count == membership.count, signals.allSatisfy({ $0.count == candidates }),
            membership.allSatisfy({ $0.count == candidates })
        else {
            throw .mismatch(
                "shadow signals [\(signals.count), \(candidates)] and membership "
                    + "[\(membership.count), \(membership.first?.count ?? 0)] do not belong together; "
                    + "both must be [shadows, candidates]")
        }
        self.signals = signals
        self.membership = membership
    }

    /// The signals of one candidate under the shadows that did, or did not, train on it.
    public func values(of candidate: Int, whenMember: Bool) -> [Double] {
        signals.indices.compactMap { membership[$0][candidate] == whenMember ? signals[$0][candidate] : nil }
    }
}

/// Trains surrogates for an attack, out of its sight cached and counted.
public struct SurrogateTrainer: Sendable {
    private let body: @Sendable (String, Recipe, Records) throws -> Model

    /// Wraps a facility that trains a recipe on records under a name that is unique in the attack.
    public init(_ body: @escaping @Sendable (String, Recipe, Records) throws -> Model) { self.body = body }

    /// Trains a surrogate.
    public func train(_ name: String, _ recipe: Recipe, on records: Records) throws -> Model {
        try body(name, recipe, records)
    }
}

extension ShadowView {
    /// The view with the sign for which higher means member.
    public func oriented(_ signal: Signal) throws(ThreatModelError) -> ShadowView {
        try ShadowView(signals: signals.map(signal.oriented), membership: membership)
    }

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

extension Scores {
    /// Returns the victim's signal on the candidates and the pool's, both oriented: higher means member.
    ///
    /// - Throws: ``ThreatModelError`` without a pool, for a signal that the victim has not, or beyond the budget.
    public func values(_ signal: Signal, knowing knowledge: Knowledge, for attack: String) throws(ThreatModelError)
        -> (target: [Double], shadows: ShadowView)
    {
        let shadows = try knowledge.requiredShadows(attack).oriented(signal)
        return (signal.oriented(try values(signal, of: knowledge.candidates)), shadows)
    }
}

extension Knowledge {
    /// The shadow pool of an attack that cannot do without.
    public func requiredShadows(_ attack: String) throws(ThreatModelError) -> ShadowView {
        guard let shadows else { throw .missingKnowledge("a shadow pool", attack: attack) }
        return shadows
    }

    /// The trainer of an attack that cannot do without.
    public func requiredTrainer(_ attack: String) throws(ThreatModelError) -> SurrogateTrainer {
        guard let trainer else { throw .missingKnowledge("a trainer", attack: attack) }
        return trainer
    }
}
