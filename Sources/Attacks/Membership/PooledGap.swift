import Statistics
public import ThreatModel

/// A likelihood ratio whose IN mean is the OUT mean plus one gap for all records.
///
/// With few shadows the gap between a record's own IN and OUT means is mostly noise; its mean over all records is not.
/// It is LiRA with that one number pooled, as LiRA's "fixed" variant pools the variance.
public struct PooledGap: SignalScorer {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "pooled-gap",
        summary: "Likelihood ratio with each record's OUT mean, and one gap and two variances for all.",
        paper: "after Carlini et al., S&P 2022", families: LiRA.card.families, access: "scores",
        knowledge: "candidates, shadow pool", queries: "1 per candidate", queriesPerCandidate: 1,
        trainings: "a shadow pool", deviations: "ours: LiRA with the gap between IN and OUT means pooled over records")
    /// As LiRA.
    public static let scale = SignalScale.logit
    /// The pool.
    public var needs: SignalNeeds { .shadows }

    /// Creates the attack.
    public init() {}
    /// Creates the attack, which has no settings.
    public init(_ settings: inout AttackSettings) {}

    /// Returns ln N(s; µ_OUT + gap, σ_IN) − ln N(s; µ_OUT, σ_OUT), per record.
    ///
    /// The gap is the mean of µ_IN − µ_OUT over the records that have models on both sides.
    ///
    /// - Throws: ``ThreatModelError`` when the arrays do not fit, a record has no OUT model, or none has both.
    /// - Complexity: O(S·C).
    public func scores(_ table: SignalTable) throws(ThreatModelError) -> [Double] {
        let shadows = try table.requiredShadows(Self.card.id)
        var (means, gaps) = ([Double](), [Double]())
        var (inside, outside) = (WithinVariance(), WithinVariance())
        for record in table.target.indices {
            let others = try shadows.outValues(of: record)
            let members = shadows.values(of: record, whenMember: true)
            means.append(outside.add(others))
            if !members.isEmpty { gaps.append(inside.add(members) - means[record]) }
        }
        guard !gaps.isEmpty else {
            throw .tooFewShadows(record: 0, members: 0, nonMembers: shadows.signals.count, needed: 1)
        }
        let gap = gaps.reduce(0, +) / Double(gaps.count)
        let floor = max(1e-6 * abs(gap), .leastNormalMagnitude)
        return table.target.indices.map { record in
            let member = Gaussian(mean: means[record] + gap, standardDeviation: max(floor, inside.deviation))
            let other = Gaussian(mean: means[record], standardDeviation: max(floor, outside.deviation))
            return member.logDensity(at: table.target[record]) - other.logDensity(at: table.target[record])
        }
    }
}

/// The unbiased variance within records: squared deviations from each record's mean over the degrees of freedom left.
private struct WithinVariance {
    private var (squares, freedom) = (0.0, 0)

    var deviation: Double { freedom > 0 ? (squares / Double(freedom)).squareRoot() : 0 }

    /// Takes a record in, and returns its mean.
    mutating func add(_ values: [Double]) -> Double {
        let moments = Moments(of: values)
        squares += moments.populationVariance * Double(values.count)
        freedom += values.count - 1
        return moments.mean
    }
}
