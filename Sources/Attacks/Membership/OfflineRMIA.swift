import Foundation
public import ThreatModel

/// The robust membership-inference attack without IN models, whose mean is guessed from that of the OUT models.
///
/// - Source: Zarifzadeh, Liu and Shokri, ICML 2024: p(x) = ½[(1 + a)·p_OUT(x) + (1 − a)].
/// - Deviation: a is estimated from the pool unless it is given; the paper tunes it by attacks on one reference.
public struct OfflineRMIA: SignalScorer {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "rmia-offline",
        summary: "The share of population records whose likelihood ratio the candidate's beats, over OUT models only.",
        paper: RMIA.card.paper, families: RMIA.card.families, access: "scores", knowledge: RMIA.card.knowledge,
        queries: RMIA.card.queries, trainings: "a shadow pool",
        deviations: RMIA.card.deviations + "; a is estimated from the references unless given")
    /// Ratios are of likelihoods.
    public static let scale = SignalScale.logLikelihood
    /// The pool, and the target and the pool on the population.
    public var needs: SignalNeeds { [.shadows, .population] }

    /// The factor by which a population record must be beaten.
    public var gamma: Double
    /// The slope of p_IN ≈ a·p_OUT + 1 − a, in [0, 1]; `nil` to estimate it from the pool.
    public var a: Double?
    /// What the score is.
    public var score: RMIA.Score
    /// Whether the population's p(z) is mapped too, as Privacy Meter's released code does.
    public var scalesPopulation: Bool
    /// Whether a ratio of exactly γ does not count.
    public var isStrict: Bool

    /// Creates the attack.
    public init(
        gamma: Double = 2, a: Double? = nil, score: RMIA.Score = .share, scalesPopulation: Bool = false,
        isStrict: Bool = false
    ) {
        (self.gamma, self.a, self.score) = (gamma, a, score)
        (self.scalesPopulation, self.isStrict) = (scalesPopulation, isStrict)
    }
    /// Creates the attack with `gamma`, `a`, `score` (share or ratio), `scaleZ` and `strict`.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        gamma = try settings.number("gamma", in: 1e-6...1e6, default: 2)
        a = try settings.optionalNumber("a", in: 0...1)
        score = try settings.choice("score", default: RMIA.Score.share)
        scalesPopulation = try settings.flag("scaleZ", default: false)
        isStrict = try settings.flag("strict", default: false)
    }

    /// Returns the share of population records z with LR(x, z) ≥ γ, or ln [p(x|θ)/p(x)].
    ///
    /// - Throws: ``ThreatModelError`` when the arrays do not fit or a record has no OUT model.
    /// - Complexity: as ``RMIA/scores(_:)``.
    public func scores(_ table: SignalTable) throws(ThreatModelError) -> [Double] {
        let shadows = try table.requiredShadows(Self.card.id)
        let offset = a.map { 1 - $0 } ?? Self.estimatedOffset(shadows)
        var ratios: [Double] = []
        for (record, value) in table.target.enumerated() {
            ratios.append(value - Self.prior(logMeanExponential(try shadows.outValues(of: record)), offset))
        }
        guard score == .share else { return ratios }
        let population = try table.populationRatios(Self.card.id) {
            scalesPopulation ? Self.prior($0, offset) : $0
        }
        return LikelihoodRatios(population: population).shares(ratios, gamma: gamma, isStrict: isStrict)
    }

    /// ln ½[(1 + a)·p + (1 − a)] of ln p, given 1 − a.
    private static func prior(_ logOut: Double, _ offset: Double) -> Double {
        let scaled = log(1 - offset / 2) + logOut
        guard offset > 0 else { return scaled }
        let constant = log(offset / 2)
        return max(scaled, constant) + log1p(exp(-abs(scaled - constant)))
    }

    /// 1 − a by least squares over the pool's records: the line p_IN = a·p_OUT + 1 − a that the paper assumes.
    ///
    /// Only what the references did is read. The line supposes probabilities that training drives to 1. Likelihoods of
    /// whole records, of which the mean logarithm is below −10, never come near it: there a is 1, and the score is the
    /// plain difference from the OUT models.
    static func estimatedOffset(_ shadows: ShadowView) -> Double {
        var (products, squares, logs, count) = (0.0, 0.0, 0.0, 0.0)
        for record in (shadows.signals.first ?? []).indices {
            let members = shadows.values(of: record, whenMember: true)
            let others = shadows.values(of: record, whenMember: false)
            guard !members.isEmpty, !others.isEmpty else { continue }
            let (logIn, logOut) = (logMeanExponential(members), logMeanExponential(others))
            let missed = -expm1(logOut)
            products += (exp(logIn) - exp(logOut)) * missed
            squares += missed * missed
            logs += logOut
            count += 1
        }
        guard squares > 0, logs / count > -10 else { return 0 }
        return min(1, max(0, products / squares))
    }
}
