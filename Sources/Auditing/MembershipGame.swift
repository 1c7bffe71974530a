public import Statistics
public import ThreatModel

/// The game of membership: it alone knows which candidates the victim was trained on.
public struct MembershipGame: Sendable {
    private let secret: [Bool]

    /// Starts a game with the secret.
    package init(secret: [Bool]) { self.secret = secret }

    /// The false-positive rates at which every attack is read.
    public static let rates = [0.1, 0.01, 0.001]

    /// Grades scores.
    ///
    /// - Throws: ``StatisticsError`` when there are not as many scores as candidates, one of them is not a number, or
    ///   the candidates are all members or all non-members.
    public func grade(_ scores: MembershipScores, confidence: Double = 0.95) throws(StatisticsError) -> MembershipGrade
    {
        let roc = try ROC(scores: scores.values, isMember: secret)
        return MembershipGrade(
            members: roc.members, nonMembers: roc.nonMembers, auc: roc.aucEstimate(confidence: confidence),
            operatingPoints: Self.rates.map { roc.operatingPoint(atFalsePositiveRate: $0, confidence: confidence) },
            balancedAccuracy: roc.balancedAccuracy)
    }

    /// The ROC as a line of at most some 200 points, evenly spread over the logarithm of the false-positive rate.
    ///
    /// - Throws: as ``grade(_:confidence:)``.
    public func curve(_ scores: MembershipScores, name: String) throws(StatisticsError) -> Curves.Line {
        let points = try ROC(scores: scores.values, isMember: secret).points
        var (x, y) = ([0.0], [0.0])
        var next = 0.0
        for (index, point) in points.enumerated() {
            let isLast = index == points.count - 1
            // Where the curve is vertical, its upper end is what the attack reaches at that rate.
            let isUpperEnd = isLast || points[index + 1].falsePositiveRate > point.falsePositiveRate
            guard isUpperEnd, isLast || point.falsePositiveRate >= next else { continue }
            x.append(point.falsePositiveRate)
            y.append(point.truePositiveRate)
            next = max(point.falsePositiveRate * 1.03, 1e-12)
        }
        return Curves.Line(name: name, x: x, y: y)
    }
}
