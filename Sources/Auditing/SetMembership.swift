public import Statistics
public import Tensors

/// How well an attack tells a set of members from a set of non-members, by the larger total score, and how well it
/// tells single ones when the better half is called members.
///
/// A set adds up weak evidence, so a model that hardly exposes a record may expose the group that it came from.
///
/// - Source: Hilprecht, Härterich and Bernau 2019, "Monte Carlo and reconstruction membership inference attacks".
/// - Deviation: they attack one pair of sets per trained model; this draws many pairs from the candidates of one model.
public struct SetMembership: Codable, Sendable, Equatable {
    /// How many records each set holds.
    public var setSize: Int
    /// How many pairs of sets were compared.
    public var pairs: Int
    /// The share of pairs in which the members have the larger total, ties counted half.
    ///
    /// Pairs share records, so the interval is Clopper and Pearson's for as many pairs as can be disjoint.
    public var accuracy: Estimate
    /// The share of single candidates that are called right when the better half is called members.
    public var topHalfAccuracy: Estimate

    /// Creates the outcome.
    public init(setSize: Int, pairs: Int, accuracy: Estimate, topHalfAccuracy: Estimate) {
        self.setSize = setSize
        self.pairs = pairs
        self.accuracy = accuracy
        self.topHalfAccuracy = topHalfAccuracy
    }

    /// Compares random pairs of sets.
    ///
    /// Members and non-members are shuffled and cut into disjoint sets; when those are used up, they are shuffled anew.
    ///
    /// - Parameters:
    ///   - scores: one per candidate, higher means member.
    ///   - isMember: the truth, as many.
    ///   - setSize: records per set, at least one.
    ///   - pairs: how many pairs are compared, at least one.
    ///   - confidence: of the intervals, in (0, 1).
    ///   - random: the stream of the shuffles.
    /// - Throws: ``StatisticsError`` as a ROC does, for sets larger than either kind of candidates, and when scores of both
    ///   infinities leave a total undefined.
    /// - Complexity: O(n log n + pairs · (n / disjoint pairs))
    public init(
        scores: [Double], isMember: [Bool], setSize: Int, pairs: Int = 1000, confidence: Double = 0.95,
        random: RandomStream
    ) throws(StatisticsError) {
        precondition(setSize >= 1 && pairs >= 1, "SetMembership: \(pairs) pairs of \(setSize) records")
        let roc = try ROC(scores: scores, isMember: isMember)
        guard setSize <= min(roc.members, roc.nonMembers) else {
            throw .tooFew(needed: setSize, found: min(roc.members, roc.nonMembers))
        }
        if scores.contains(.infinity), let index = scores.firstIndex(of: -.infinity) {
            throw .notFinite(index: index)
        }
        let members = zip(scores, isMember).filter(\.1).map(\.0)
        let others = zip(scores, isMember).filter { !$0.1 }.map(\.0)
        let disjoint = min(members.count, others.count) / setSize
        var halfWins = 0
        for pair in 0..<pairs where pair % disjoint == 0 {
            let shuffle = random[pair / disjoint]
            let (ours, theirs) = (
                Self.totals(members, setSize, shuffle["members"]), Self.totals(others, setSize, shuffle["non-members"])
            )
            for (a, b) in zip(ours, theirs).prefix(pairs - pair) { halfWins += a > b ? 2 : a == b ? 1 : 0 }
        }
        let share = Double(halfWins) / 2 / Double(pairs)
        self.init(
            setSize: setSize, pairs: pairs,
            accuracy: Estimate(
                share,
                .exactRate(
                    successes: share * Double(disjoint), trials: Double(disjoint), confidence: confidence)),
            topHalfAccuracy: roc.topHalfAccuracy(confidence: confidence))
    }

    /// The totals of the disjoint sets that one shuffle gives.
    private static func totals(_ scores: [Double], _ setSize: Int, _ random: RandomStream) -> [Double] {
        let order = random.permutation(scores.count)
        return (0..<scores.count / setSize).map { set in
            order[set * setSize..<(set + 1) * setSize].reduce(0) { $0 + scores[$1] }
        }
    }
}
