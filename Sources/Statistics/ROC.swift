import RealModule

/// The receiver operating characteristic of membership scores.
///
/// Higher scores mean "member". Tied scores cannot be told apart by any threshold, so each group of ties is one vertex
/// and the curve is a sloped segment between vertices.
///
/// - Complexity: O(n log n) to create; every query afterwards is O(n) or less, ``aucEstimate(confidence:)`` included.
public struct ROC: Sendable {
    /// A threshold and the two rates that it realises.
    public struct Point: Codable, Sendable, Equatable {
        /// The share of non-members at or above the threshold.
        public var falsePositiveRate: Double
        /// The share of members at or above the threshold.
        public var truePositiveRate: Double
        /// Scores at or above it are called members; `nil` at the origin, where nothing is flagged.
        public var threshold: Double?

        /// Creates a point.
        public init(falsePositiveRate: Double, truePositiveRate: Double, threshold: Double?) {
            self.falsePositiveRate = falsePositiveRate
            self.truePositiveRate = truePositiveRate
            self.threshold = threshold
        }
    }

    /// All candidates with one score.
    struct TieGroup: Sendable {
        var score: Double
        var members: Int
        var nonMembers: Int
    }

    /// The number of members, at least one.
    public let members: Int
    /// The number of non-members, at least one.
    public let nonMembers: Int
    /// From the highest score to the lowest.
    let groups: [TieGroup]

    /// Sorts the scores of candidates whose membership is known.
    ///
    /// Infinite scores are allowed.
    ///
    /// - Throws: ``StatisticsError`` when the counts differ, when one class is missing, and for a NaN.
    /// - Complexity: O(n log n)
    public init(scores: [Double], isMember: [Bool]) throws(StatisticsError) {
        guard scores.count == isMember.count else {
            throw .countsDiffer(scores: scores.count, labels: isMember.count)
        }
        if let index = scores.firstIndex(where: \.isNaN) { throw .notANumber(index: index) }
        members = isMember.count { $0 }
        nonMembers = isMember.count - members
        guard members > 0 else { throw .noMember }
        guard nonMembers > 0 else { throw .noNonMember }
        groups = Self.tieGroups(scores, isMember)
    }

    private static func tieGroups(_ scores: [Double], _ isMember: [Bool]) -> [TieGroup] {
        var groups: [TieGroup] = []
        for index in scores.indices.sorted(by: { scores[$0] > scores[$1] }) {
            if groups.last?.score != scores[index] {
                groups.append(TieGroup(score: scores[index], members: 0, nonMembers: 0))
            }
            if isMember[index] {
                groups[groups.count - 1].members += 1
            } else {
                groups[groups.count - 1].nonMembers += 1
            }
        }
        return groups
    }

    /// The vertices from (0, 0) to (1, 1), one per distinct score after the origin.
    public var points: [Point] {
        var (flaggedMembers, flaggedNonMembers) = (0, 0)
        var points = [Point(falsePositiveRate: 0, truePositiveRate: 0, threshold: nil)]
        for group in groups {
            flaggedMembers += group.members
            flaggedNonMembers += group.nonMembers
            points.append(
                Point(
                    falsePositiveRate: Double(flaggedNonMembers) / Double(nonMembers),
                    truePositiveRate: Double(flaggedMembers) / Double(members), threshold: group.score))
        }
        return points
    }

    /// The area under the curve: the probability that a member outscores a non-member, ties counted half.
    ///
    /// - Source: Mann and Whitney 1947; counted in halves, hence exact up to one division.
    public var auc: Double {
        var (membersAbove, halfWins) = (0, 0)
        for group in groups {
            halfWins += group.nonMembers * (2 * membersAbove + group.members)
            membersAbove += group.members
        }
        return Double(halfWins) / 2 / (Double(members) * Double(nonMembers))
    }

    /// The best mean of true-positive and true-negative rate over all thresholds, in [½, 1].
    ///
    /// The threshold is chosen on the truth, so this is optimistic: above ½ even for random scores.
    public var balancedAccuracy: Double {
        points.reduce(0.5) { max($0, (1 + $1.truePositiveRate - $1.falsePositiveRate) / 2) }
    }

    /// The membership advantage: the largest true-positive minus false-positive rate over all thresholds, in [0, 1].
    ///
    /// As optimistic as ``balancedAccuracy``, of which it is the linear image 2a − 1.
    ///
    /// - Source: Yeom et al. 2018, who fix the threshold beforehand.
    public var advantage: Double { points.reduce(0) { max($0, $1.truePositiveRate - $1.falsePositiveRate) } }

    /// Returns the true-positive rate at the lowest threshold whose false-positive rate is at most `target`.
    ///
    /// Nothing is interpolated: a threshold between ties cannot be realised. The interval is Clopper and Pearson's for
    /// a fixed threshold; it does not contain the noise of choosing the threshold on the same non-members, which is why
    /// ``OperatingPoint/resolution`` marks targets below 10/n as coarse and those below 1/n as not resolvable.
    /// At target 0 it is the share of members above every non-member.
    ///
    /// - Precondition: `target` in [0, 1] and `confidence` in (0, 1).
    public func operatingPoint(atFalsePositiveRate target: Double, confidence: Double) -> OperatingPoint {
        let flagged = flagged(atFalsePositiveRate: target)
        let interval = Interval.clopperPearson(
            successes: flagged.members, trials: members, confidence: confidence)
        return OperatingPoint(
            target: target, falsePositiveRate: Double(flagged.nonMembers) / Double(nonMembers),
            threshold: flagged.threshold,
            truePositiveRate: Estimate(Double(flagged.members) / Double(members), interval),
            resolution: Resolution(of: target, nonMembers: nonMembers))
    }

    /// How many members and non-members the lowest threshold flags whose false-positive rate is at most `target`.
    func flagged(atFalsePositiveRate target: Double) -> (members: Int, nonMembers: Int, threshold: Double?) {
        precondition(target >= 0 && target <= 1, "false-positive rate \(target) outside [0, 1]")
        var flagged = (members: 0, nonMembers: 0, threshold: Double?.none)
        for group in groups {
            guard Double(flagged.nonMembers + group.nonMembers) / Double(nonMembers) <= target else { break }
            flagged.members += group.members
            flagged.nonMembers += group.nonMembers
            flagged.threshold = group.score
        }
        return flagged
    }

    /// How many members and non-members score at or above `threshold`; none without one.
    func flagged(atOrAbove threshold: Double?) -> (members: Int, nonMembers: Int) {
        guard let threshold else { return (0, 0) }
        return groups.prefix { $0.score >= threshold }.reduce((0, 0)) { ($0.0 + $1.members, $0.1 + $1.nonMembers) }
    }
}
