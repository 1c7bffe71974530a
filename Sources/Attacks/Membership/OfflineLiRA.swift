import Statistics
public import ThreatModel

/// The likelihood-ratio attack without IN models: how far above the OUT models the victim's signal lies.
///
/// - Source: Carlini, Chien, Nasr, Song, Terzis and Tramèr, S&P 2022, section V-C.
public struct OfflineLiRA: SignalScorer {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "lira-offline", summary: "One-sided tail of a Gaussian fitted to OUT shadow models, per record.",
        paper: LiRA.card.paper, families: LiRA.card.families, access: LiRA.card.access, knowledge: LiRA.card.knowledge,
        queries: LiRA.card.queries, queriesPerCandidate: 1, trainings: LiRA.card.trainings,
        deviations: LiRA.card.deviations)
    /// Nearly normal over models.
    public static let scale = SignalScale.logit
    /// The pool.
    public var needs: SignalNeeds { .shadows }

    /// The scale of the score.
    public enum Score: String, Codable, Sendable, CaseIterable {
        /// (s − µ)/σ: the same ranking as the probability, without its ties.
        case standardised
        /// Φ((s − µ)/σ), as in the paper; very high values tie at 1.
        case probability
    }

    /// Where the standard deviations come from.
    public var variance: LiRA.Variance
    /// The centre of each Gaussian.
    public var centre: LiRA.Centre
    /// The scale of the score.
    public var score: Score

    /// Creates the attack.
    public init(
        variance: LiRA.Variance = .pooled, centre: LiRA.Centre = .mean, score: Score = .standardised
    ) {
        (self.variance, self.centre, self.score) = (variance, centre, score)
    }
    /// Creates the attack with `variance` and `centre` as online, and `score`: standardised or probability.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        variance = try settings.choice("variance", default: LiRA.Variance.pooled)
        centre = try settings.choice("centre", default: LiRA.Centre.mean)
        score = try settings.choice("score", default: Score.standardised)
    }

    /// Returns (s − µ_OUT)/σ_OUT or its normal probability, per record.
    ///
    /// - Throws: ``ThreatModelError`` when the arrays do not fit, a record has no OUT model, or, with `perRecord`, fewer
    ///   than ``LiRA/fewestModels``.
    /// - Complexity: O(S·C).
    public func scores(_ table: SignalTable) throws(ThreatModelError) -> [Double] {
        let shadows = try table.requiredShadows(Self.card.id)
        let out = try ShadowGaussians(shadows, whenMember: false, variance, centre)
        return table.target.enumerated().map { record, value in
            let standardised = out[record].standardized(value)
            return score == .standardised ? standardised : normalCDF(standardised)
        }
    }
}
