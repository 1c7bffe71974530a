import Statistics
public import Tensors
public import ThreatModel

/// The likelihood-ratio attack: is the victim's signal more like that of models which saw the record, or which did not.
///
/// - Source: Carlini, Chien, Nasr, Song, Terzis and Tramèr, S&P 2022, Algorithm 1.
public struct LiRA: MembershipAttack {
    /// The catalogue's entry of the online attack.
    public static let card = AttackCard(
        id: "lira-online", summary: "Likelihood ratio of Gaussians fitted to IN and OUT shadow models, per record.",
        paper: "Carlini et al., S&P 2022",
        families: ["autoencoder", "variational-autoencoder", "transformer", "classifier"],
        access: "scores", knowledge: "candidates, shadow pool", queries: "1 per candidate", queriesPerCandidate: 1,
        trainings: "a shadow pool",
        deviations: "on generative signals the signal itself takes the place of the logit-scaled confidence")
    /// The catalogue's entry of the offline attack.
    public static let offlineCard = AttackCard(
        id: "lira-offline", summary: "One-sided tail of a Gaussian fitted to OUT shadow models, per record.",
        paper: card.paper, families: card.families, access: card.access, knowledge: card.knowledge,
        queries: card.queries, queriesPerCandidate: 1, trainings: card.trainings, deviations: card.deviations)

    /// Whether IN models take part.
    public enum Mode: String, Codable, Sendable {
        /// ln N(s; IN) − ln N(s; OUT)
        case online
        /// Φ((s − µ_OUT)/σ_OUT)
        case offline
    }
    /// Where the standard deviations come from.
    public enum Variance: String, Codable, Sendable, CaseIterable {
        /// Of each record's own models; noisy below some 64 shadows.
        case perRecord = "per-record"
        /// Pooled within records: the root of the mean squared deviation from each record's own mean.
        case pooled
        /// The deviation of all values about the grand mean, as the authors' code has it: it holds the spread between
        /// records too.
        case grand
    }
    /// The centre of each Gaussian.
    public enum Centre: String, Codable, Sendable {
        /// The mean, as in the paper.
        case mean
        /// The median, as in the authors' code.
        case median
    }

    /// What it reads.
    public var signal: Signal
    /// Whether IN models take part.
    public var mode: Mode
    /// Where the standard deviations come from.
    public var variance: Variance
    /// The centre of each Gaussian.
    public var centre: Centre

    /// Creates the attack.
    public init(signal: Signal, mode: Mode = .online, variance: Variance = .pooled, centre: Centre = .mean) {
        self.signal = signal
        self.mode = mode
        self.variance = variance
        self.centre = centre
    }

    /// The fewest IN (online) and OUT models to which a record's own Gaussian may be fitted.
    public static let fewestModels = 4

    /// Returns one score per record.
    ///
    /// - Shapes: target [C], shadows [S, C]; scores [C]. All signals oriented: higher means member.
    /// - Throws: ``ThreatModelError`` when the arrays do not fit, a record has no model on a side that is needed, or, with
    ///   `perRecord`, fewer than ``fewestModels``.
    /// - Complexity: O(S·C).
    /// - Deviation: standard deviations are the population ones and never below 10⁻⁶ times the grand one.
    public static func scores(
        target: [Double], shadows: ShadowView, mode: Mode, variance: Variance = .pooled, centre: Centre = .mean
    ) throws(ThreatModelError) -> [Double] {
        try shadows.check(target)
        let out = try Side(shadows, whenMember: false, variance, centre)
        guard mode == .online else {
            return target.indices.map { normalCDF(out[$0].standardized(target[$0])) }
        }
        let member = try Side(shadows, whenMember: true, variance, centre)
        return target.indices.map { member[$0].logDensity(at: target[$0]) - out[$0].logDensity(at: target[$0]) }
    }

    /// Returns (s − µ_OUT)/σ_OUT: the offline score before Φ squeezes its upper tail into ties.
    public static func standardisedScores(
        target: [Double], shadows: ShadowView, variance: Variance = .pooled, centre: Centre = .mean
    ) throws(ThreatModelError) -> [Double] {
        try shadows.check(target)
        let out = try Side(shadows, whenMember: false, variance, centre)
        return target.indices.map { out[$0].standardized(target[$0]) }
    }

    /// Plays against the victim; offline scores are standardised ones, the same ranking without ties.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let card = mode == .online ? Self.card : Self.offlineCard
        let (target, shadows) = try victim.values(signal, knowing: knowledge, for: card.id)
        let scores =
            mode == .online
            ? try Self.scores(target: target, shadows: shadows, mode: .online, variance: variance, centre: centre)
            : try Self.standardisedScores(target: target, shadows: shadows, variance: variance, centre: centre)
        return MembershipScores(scores)
    }
}

/// The Gaussians of one side, IN or OUT, of all records.
private struct Side {
    private let gaussians: [Gaussian]

    init(_ shadows: ShadowView, whenMember: Bool, _ variance: LiRA.Variance, _ centre: LiRA.Centre)
        throws(ThreatModelError)
    {
        let needed = variance == .perRecord ? LiRA.fewestModels : 1
        var values: [[Double]] = []
        for record in shadows.signals[0].indices {
            let own = shadows.values(of: record, whenMember: whenMember)
            guard own.count >= needed else {
                let others = shadows.signals.count - own.count
                throw .tooFewShadows(
                    record: record, members: whenMember ? own.count : others,
                    nonMembers: whenMember ? others : own.count, needed: needed)
            }
            values.append(own)
        }
        let grand = Moments(of: values.flatMap { $0 }).populationStandardDeviation
        let floor = max(grand * 1e-6, .leastNormalMagnitude)
        let shared = max(floor, variance == .grand ? grand : Side.pooledDeviation(values))
        gaussians = values.map { own in
            let moments = Moments(of: own)
            let deviation = variance == .perRecord ? max(floor, moments.populationStandardDeviation) : shared
            return Gaussian(mean: centre == .mean ? moments.mean : median(own), standardDeviation: deviation)
        }
    }

    subscript(record: Int) -> Gaussian { gaussians[record] }

    private static func pooledDeviation(_ values: [[Double]]) -> Double {
        var (squares, count) = (0.0, 0)
        for own in values {
            squares += Moments(of: own).populationVariance * Double(own.count)
            count += own.count
        }
        return (squares / Double(count)).squareRoot()
    }
}
