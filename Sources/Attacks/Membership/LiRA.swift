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
    ///   - pool: one column per record, one row per shadow, 1 for IN, measured from the target's signals; with variances
    ///     for `perRecord`.
    ///   - variance: where the standard deviations come from.
    /// - Returns: one score per record.
    /// - Throws: as ``scores(_:)``.
    /// - Complexity: O(C).
    public static func scores(_ pool: GroupedColumns, variance: Variance) throws(ThreatModelError) -> [Double] {
        let members = try MomentGaussians(pool.ones, variance) { ($0, pool.rows - $0) }
        let others = try MomentGaussians(pool.zeros, variance) { (pool.rows - $0, $0) }
        var scores = [Double](uninitialised: pool.ones.means.count)
        unsafe scores.withUnsafeMutableBufferPointer { scores in
            inPieces(of: scores.count, grain: 1 << 14) { piece in
                for record in piece { unsafe scores[record] = members.logDensity(record) - others.logDensity(record) }
            }
        }
        return scores
    }
}

/// The Gaussians of one side of all records, by their moments as deviations from the target.
private struct MomentGaussians {
    private let group: GroupedColumns.Group
    /// The deviation that all records share; `nil` when each has its own.
    private let shared: Double?
    private let logShared: Double
    private let floor: Double

    /// Takes one side; `sides` tells how many models are IN and OUT when so many are on it.
    init(
        _ group: GroupedColumns.Group, _ variance: LiRA.Variance, sides: (Int) -> (members: Int, nonMembers: Int)
    ) throws(ThreatModelError) {
        let (total, needed) = (group.total, variance == .perRecord ? LiRA.fewestModels : 1)
        guard total.fewest >= needed else {
            let counts = sides(total.fewest)
            throw .tooFewShadows(
                record: total.fewestColumn, members: counts.members, nonMembers: counts.nonMembers, needed: needed)
        }
        let grand = ((total.within + total.between) / total.count).squareRoot()
        floor = max(grand * 1e-6, .leastNormalMagnitude)
        switch variance {
        case .perRecord: shared = nil
        case .pooled: shared = max(floor, (total.within / total.count).squareRoot())
        case .grand: shared = max(floor, grand)
        }
        logShared = shared.map { log($0) } ?? 0
        self.group = group
    }

    /// ln N(target), without the constant that cancels between sides.
    func logDensity(_ record: Int) -> Double {
        if let shared {
            let distance = group.means[record] / shared
            return -0.5 * distance * distance - logShared
        }
        let deviation = max(floor, group.variances[record].squareRoot())
        let distance = group.means[record] / deviation
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
