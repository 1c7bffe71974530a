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
        let needs = scorer.needs
        func scaled(_ values: [Double]) -> [Double] { signal.scaled(values, Scorer.scale) }
        var table = SignalTable(target: scaled(try victim.values(signal, of: knowledge.candidates)))
        if needs.contains(.shadows) {
            let view = try knowledge.requiredShadows(Self.card.id)
            table.shadows = try ShadowView(signals: view.signals.map(scaled), membership: view.membership)
            if needs.contains(.populationShadows) { table.populationShadows = view.population?.map(scaled) }
        }
        if needs.contains(.population) {
            let population = try knowledge.requiredPopulation(Self.card.id)
            table.population = scaled(try victim.values(signal, of: population))
            table.features = knowledge.candidates.features
            table.populationFeatures = population.features
        }
        return MembershipScores(try scorer.scores(table))
    }
}
