import Foundation
import Statistics
public import Tensors
public import ThreatModel

/// The likelihood-ratio attack: is the victim's signal more like that of models which saw the record, or which did not.
///
/// - Source: Carlini, Chien, Nasr, Song, Terzis and Tramèr, S&P 2022, Algorithm 1.
public struct LiRA: SignalScorer {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "lira-online", summary: "Likelihood ratio of Gaussians fitted to IN and OUT shadow models, per record.",
        paper: "Carlini et al., S&P 2022",
        families: ["autoencoder", "variational-autoencoder", "gan", "transformer", "classifier"],
        access: "scores", knowledge: "candidates, shadow pool", queries: "1 per candidate", queriesPerCandidate: 1,
        trainings: "a shadow pool",
        deviations: "on generative signals the signal itself takes the place of the logit-scaled confidence")
    /// Nearly normal over models.
    public static let scale = SignalScale.logit
    /// The pool.
    public var needs: SignalNeeds { .shadows }

    /// Where the standard deviations come from.
    public enum Variance: String, Codable, Sendable, CaseIterable {
        /// Pooled within records: the root of the mean squared deviation from each record's own mean.
        case pooled
        /// Of each record's own models; noisy below some 64 shadows.
        case perRecord = "per-record"
        /// The deviation of all values about the grand mean, as the authors' code has it: it holds the spread between
        /// records too.
        case grand
    }
    /// The centre of each Gaussian.
    public enum Centre: String, Codable, Sendable, CaseIterable {
        /// The mean, as in the paper.
        case mean
        /// The median, as in the authors' code.
        case median
    }

    /// Where the standard deviations come from.
    public var variance: Variance
    /// The centre of each Gaussian.
    public var centre: Centre

    /// The fewest IN (online) and OUT models to which a record's own Gaussian may be fitted.
    public static let fewestModels = 4

    /// Creates the attack.
    public init(variance: Variance = .pooled, centre: Centre = .mean) {
        (self.variance, self.centre) = (variance, centre)
    }
    /// Creates the attack with `variance`: pooled, per-record or grand, and `centre`: mean or median.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        variance = try settings.choice("variance", default: Variance.pooled)
        centre = try settings.choice("centre", default: Centre.mean)
    }

    /// Returns ln N(s; IN) − ln N(s; OUT), per record.
    ///
    /// - Throws: ``ThreatModelError`` when the arrays do not fit, a record has no model on a side, or, with `perRecord`,
    ///   fewer than ``fewestModels``.
    /// - Complexity: O(S·C).
    /// - Deviation: standard deviations are the population ones and never below 10⁻⁶ times the grand one.
    public func scores(_ table: SignalTable) throws(ThreatModelError) -> [Double] {
        let shadows = try table.requiredShadows(Self.card.id)
        let out = try ShadowGaussians(shadows, whenMember: false, variance, centre)
        let member = try ShadowGaussians(shadows, whenMember: true, variance, centre)
        return table.target.enumerated().map { member[$0].logDensity(at: $1) - out[$0].logDensity(at: $1) }
    }

    /// Returns the same scores from the moments of a pool that is too large for arrays of numbers; centres are means.
    ///
    /// A likelihood ratio is the same with both signs of a signal, so the orientation does not matter.
    ///
    /// - Parameters:
    ///   - pool: one column per record, one row per shadow, 1 for IN, measured from the target's signals.
    ///   - target: the target's signals, [C].
    ///   - variance: where the standard deviations come from.
    /// - Returns: the scores, [C].
    /// - Throws: as ``scores(_:)``.
    /// - Complexity: O(C).
    public static func scores(
        _ pool: GroupedColumns, target: [Double], variance: Variance
    ) throws(ThreatModelError) -> [Double] {
        let members = try MomentGaussians(pool, whenMember: true, target, variance)
        let others = try MomentGaussians(pool, whenMember: false, target, variance)
        return target.indices.map { members.logDensity($0) - others.logDensity($0) }
    }
}

/// The Gaussians of one side of all records, by their moments as deviations from the target.
private struct MomentGaussians {
    private let pool: GroupedColumns
    private let isMember: Bool
    /// The deviation that all records share; `nil` when each has its own.
    private let shared: Double?
    private let floor: Double

    init(
        _ pool: GroupedColumns, whenMember isMember: Bool, _ target: [Double], _ variance: LiRA.Variance
    ) throws(ThreatModelError) {
        (self.pool, self.isMember) = (pool, isMember)
        let shadows = pool.rows
        func group(_ record: Int) -> GroupedColumns.Group { isMember ? pool.ones(record) : pool.zeros(record) }
        let needed = Double(variance == .perRecord ? LiRA.fewestModels : 1)
        var (count, total, within) = (0.0, 0.0, 0.0)
        for record in target.indices {
            let own = group(record)
            guard own.count >= needed else {
                throw .tooFewShadows(
                    record: record, members: isMember ? Int(own.count) : shadows - Int(own.count),
                    nonMembers: isMember ? shadows - Int(own.count) : Int(own.count), needed: Int(needed))
            }
            count += own.count
            total += own.count * (target[record] + own.mean)
            within += own.count * own.variance
        }
        let centre = total / count
        let between = target.indices.reduce(0.0) { sum, record in
            let own = group(record)
            let distance = target[record] + own.mean - centre
            return sum + own.count * distance * distance
        }
        let grand = ((within + between) / count).squareRoot()
        floor = max(grand * 1e-6, .leastNormalMagnitude)
        switch variance {
        case .perRecord: shared = nil
        case .pooled: shared = max(floor, (within / count).squareRoot())
        case .grand: shared = max(floor, grand)
        }
    }

    /// ln N(target), without the constant that cancels between sides.
    func logDensity(_ record: Int) -> Double {
        let own = isMember ? pool.ones(record) : pool.zeros(record)
        let deviation = shared ?? max(floor, own.variance.squareRoot())
        let distance = own.mean / deviation
        return -0.5 * distance * distance - log(deviation)
    }
}

/// The Gaussians of one side, IN or OUT, of all records.
struct ShadowGaussians {
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
        let shared = max(floor, variance == .grand ? grand : Self.pooledDeviation(values))
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
