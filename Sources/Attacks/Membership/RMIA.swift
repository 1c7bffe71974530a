import Foundation
public import ThreatModel

/// The robust membership-inference attack: how often the candidate's likelihood ratio beats that of a record which
/// nobody trained on.
///
/// - Source: Zarifzadeh, Liu and Shokri, ICML 2024.
/// - Deviation: the likelihood is the signal's own (no temperature, no Taylor soft-margin); on generative signals it is
///   e to the log-likelihood bound, so that the same formula holds.
public struct RMIA: SignalScorer {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "rmia-online",
        summary:
            "The share of population records whose likelihood ratio the candidate's beats, over IN and OUT models.",
        paper: "Zarifzadeh et al., ICML 2024",
        families: LiRA.card.families, access: "scores", knowledge: "candidates, population, shadow pool",
        queries: "1 per candidate and population record", trainings: "a shadow pool",
        deviations: "the signal's own likelihood, without temperature or Taylor soft-margin")
    /// Ratios are of likelihoods.
    public static let scale = SignalScale.logLikelihood
    /// The pool, and the target and the pool on the population.
    public var needs: SignalNeeds { [.shadows, .population] }

    /// What the score is.
    public enum Score: String, Codable, Sendable, CaseIterable {
        /// The share of population records that are beaten by the factor γ, as in the paper; it ties at its ends.
        case share
        /// The logarithm of the candidate's own ratio: the same ranking without ties, as if the population had no end.
        case ratio
    }

    /// The factor by which a population record must be beaten.
    public var gamma: Double
    /// What the score is.
    public var score: Score
    /// Whether a ratio of exactly γ does not count.
    public var isStrict: Bool

    /// Creates the attack; γ = 1 ties at the top and costs power at low false-positive rates.
    public init(gamma: Double = 2, score: Score = .share, isStrict: Bool = false) {
        (self.gamma, self.score, self.isStrict) = (gamma, score, isStrict)
    }
    /// Creates the attack with `gamma`, `score` (share or ratio) and `strict`.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        gamma = try settings.number("gamma", in: 1e-6...1e6, default: 2)
        score = try settings.choice("score", default: Score.share)
        isStrict = try settings.flag("strict", default: false)
    }

    /// Returns the share of population records z with LR(x, z) ≥ γ, or ln [p(x|θ)/p(x)].
    ///
    /// p(x) is the mean of the mean over the models that saw x and the mean over those that did not; p(z) the mean over
    /// all models, none of which saw z.
    ///
    /// - Throws: ``ThreatModelError`` when the arrays do not fit or a record has no model on a side.
    /// - Complexity: O(S·(C + P) + (C + P) log P).
    public func scores(_ table: SignalTable) throws(ThreatModelError) -> [Double] {
        let shadows = try table.requiredShadows(Self.card.id)
        var ratios: [Double] = []
        for (record, value) in table.target.enumerated() {
            let (members, others) = try shadows.bothSides(of: record)
            let sides = [logMeanExponential(members), logMeanExponential(others)]
            ratios.append(value - logMeanExponential(sides))
        }
        guard score == .share else { return ratios }
        let population = try table.populationRatios(Self.card.id)
        return LikelihoodRatios(population: population).shares(ratios, gamma: gamma, isStrict: isStrict)
    }
}

/// The log-ratios ln [p(z|θ)/p(z)] of a population, sorted once.
struct LikelihoodRatios {
    private let sorted: [Double]

    init(population: [Double]) { sorted = population.sorted() }

    /// The share of the population that each log-ratio beats by the factor γ.
    func shares(_ ratios: [Double], gamma: Double, isStrict: Bool) -> [Double] {
        let margin = log(gamma)
        return ratios.map { ratio in
            let bound = ratio - margin
            // Ratios ≥ γ are the values ≤ bound: those not above it.
            let beaten = isStrict ? sorted.firstIndex(notBelow: bound) : sorted.firstIndex(notBelow: bound.nextUp)
            return Double(beaten) / Double(sorted.count)
        }
    }
}

extension SignalTable {
    /// ln p(z|θ) − ln p(z) of each population record, p(z) being the mean over the pool's models, mapped by `prior`.
    func populationRatios(_ attack: String, prior: (Double) -> Double = { $0 }) throws(ThreatModelError) -> [Double] {
        let shadows = try requiredPopulationShadows(attack)
        return try requiredPopulation(attack).enumerated().map { record, value in
            value - prior(logMeanExponential(shadows.map { $0[record] }))
        }
    }
}

/// ln of the mean of e^x, without overflow.
func logMeanExponential(_ values: [Double]) -> Double {
    let largest = values.max() ?? -.infinity
    guard largest.isFinite else { return largest }
    return largest + log(values.reduce(0) { $0 + exp($1 - largest) } / Double(values.count))
}

extension ShadowView {
    /// The signals of one candidate under the models that saw it and under those that did not.
    ///
    /// - Throws: ``ThreatModelError/tooFewShadows(record:members:nonMembers:needed:)`` when a side is empty.
    func bothSides(of record: Int) throws(ThreatModelError) -> (members: [Double], nonMembers: [Double]) {
        let members = values(of: record, whenMember: true)
        let others = values(of: record, whenMember: false)
        guard !members.isEmpty, !others.isEmpty else {
            throw .tooFewShadows(record: record, members: members.count, nonMembers: others.count, needed: 1)
        }
        return (members, others)
    }
}
