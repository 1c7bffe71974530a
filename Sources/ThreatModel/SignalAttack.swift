public import Models
public import Tensors

/// An access that can measure a signal.
public protocol SignalAccess: Access {
    /// Returns a signal of each record.
    ///
    /// - Throws: ``ThreatModelError`` when the family has no such signal or the budget is exhausted.
    func values(_ signal: Signal, of records: Records) throws(ThreatModelError) -> [Double]
}

extension Scores: SignalAccess {}
extension WhiteBox: SignalAccess {}
extension SamplesOnly: SignalAccess {}

/// Plays any ``SignalScorer``: measures the signal on candidates and population through its access, puts the pool's
/// beside it on the scorer's scale, and scores.
///
/// The access is the threat model: a signal that no scoring interface gives away, such as a discriminator's logit, is
/// read by `SignalAttack<…, WhiteBox>`, and a distance to samples by `SignalAttack<…, SamplesOnly>`.
public struct SignalAttack<Scorer: SignalScorer, VictimAccess: SignalAccess>: MembershipAttack {
    /// The scorer's entry in the catalogue.
    public static var card: AttackCard { Scorer.card }

    /// What it reads.
    public var signal: Signal
    /// What it makes of it.
    public var scorer: Scorer

    /// Creates the attack on a signal.
    public init(_ scorer: Scorer, signal: Signal) { (self.scorer, self.signal) = (scorer, signal) }

    /// Reads the signal and the scorer's settings.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        signal = try settings.choice("signal", default: Signal.loss)
        scorer = try Scorer(&settings)
    }

    /// Plays against the victim.
    public func run(against victim: VictimAccess, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        var table = SignalTable(target: scaled(try victim.values(signal, of: knowledge.candidates)))
        if scorer.needs.contains(.shadows) {
            let view = try knowledge.requiredShadows(Self.card.id)
            table.shadows = try view.mapped(scaled)
            table.populationShadows = view.population?.map(scaled)
        }
        if scorer.needs.contains(.population) {
            let population = try knowledge.requiredPopulation(Self.card.id)
            table.population = scaled(try victim.values(signal, of: population))
        }
        if scorer.needs.contains(.descriptors) {
            (table.features, table.populationFeatures) = knowledge.descriptors
        }
        return MembershipScores(try scorer.scores(table))
    }

    /// Plays against a model that is itself of a pool, whose signals on candidates and population are there already.
    public func run(on target: [Double], population: [Double]?, knowing knowledge: Knowledge)
        throws(ThreatModelError) -> MembershipScores
    {
        var table = SignalTable(target: scaled(target), population: population.map(scaled))
        if let view = knowledge.shadows {
            table.shadows = try view.mapped(scaled)
            table.populationShadows = view.population?.map(scaled)
        }
        if scorer.needs.contains(.descriptors) {
            (table.features, table.populationFeatures) = knowledge.descriptors
        }
        return MembershipScores(try scorer.scores(table))
    }

    private func scaled(_ values: [Double]) -> [Double] { signal.scaled(values, Scorer.scale) }
}

extension Knowledge {
    /// What a regression may read of candidates and population: their features, or the shares of tokens in their windows.
    fileprivate var descriptors: (candidates: Tensor, population: Tensor) {
        if let features = candidates.features { return (features, population.features ?? Tensor([], shape: [0, 0])) }
        let vocabulary = Int(max(candidates.tokens.max() ?? 0, population.tokens.max() ?? 0)) + 1
        return (candidates.tokenShares(vocabulary), population.tokenShares(vocabulary))
    }
}

extension Records {
    /// The share of each token in each window, shape [count, vocabulary].
    fileprivate func tokenShares(_ vocabulary: Int) -> Tensor {
        var shares = [Float](repeating: 0, count: count * vocabulary)
        for (index, token) in tokens.enumerated() {
            shares[index / window * vocabulary + Int(token)] += 1 / Float(window)
        }
        return Tensor(shares, shape: [count, vocabulary])
    }
}
