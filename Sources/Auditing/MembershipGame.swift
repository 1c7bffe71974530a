import Accounting
public import Statistics
public import Tensors
public import ThreatModel

/// The game of membership: it alone knows which candidates the victim was trained on.
public struct MembershipGame: Sendable {
    private let secret: [Bool]

    /// Starts a game with the secret.
    package init(secret: [Bool]) { self.secret = secret }

    /// The secret, for games that read the scores of several models.
    var isMember: [Bool] { secret }

    /// The scores with the secret, for an audit.
    func audit(_ scores: MembershipScores) throws(StatisticsError) -> EpsilonAudit {
        try EpsilonAudit(scores: scores.values, truth: secret)
    }

    /// The false-positive rates at which every attack is read; 0 stands for none among these non-members.
    public static let rates = [0.1, 0.01, 0.001, 0.0001, 0]

    /// Grades scores.
    ///
    /// - Parameters:
    ///   - scores: one per candidate.
    ///   - confidence: of every interval, in (0, 1).
    ///   - delta: what the implied ε grants, in [0, 1).
    /// - Returns: the grade, without what needs more than one target's scores.
    /// - Throws: ``StatisticsError`` when there are not as many scores as candidates, one of them is not a number, or
    ///   the candidates are all members or all non-members.
    public func grade(
        _ scores: MembershipScores, confidence: Double = 0.95, delta: Double = 1e-5
    ) throws(StatisticsError) -> MembershipGrade {
        MembershipGrade(
            try ROC(scores: scores.values, isMember: secret), confidence: confidence, delta: delta)
    }

    /// Grades thresholds that were calibrated on other models: one transfer per rate of ``rates``.
    ///
    /// - Parameters:
    ///   - scores: one per candidate.
    ///   - calibration: scores of shadow models, whose membership the adversary knows.
    ///   - confidence: of every interval, in (0, 1).
    /// - Returns: what each threshold does to these candidates.
    /// - Throws: as ``grade(_:confidence:delta:)``.
    public func transfers(
        _ scores: MembershipScores, from calibration: ROC, confidence: Double = 0.95
    ) throws(StatisticsError) -> [ThresholdTransfer] {
        let roc = try ROC(scores: scores.values, isMember: secret)
        return Self.rates.map {
            ThresholdTransfer(falsePositiveRate: $0, from: calibration, to: roc, confidence: confidence)
        }
    }

    /// Compares sets of members with sets of non-members.
    ///
    /// - Throws: as ``SetMembership/init(scores:isMember:setSize:pairs:confidence:random:)``.
    public func setMembership(
        _ scores: MembershipScores, setSize: Int, pairs: Int = 1000, confidence: Double = 0.95, random: RandomStream
    ) throws(StatisticsError) -> SetMembership {
        try SetMembership(
            scores: scores.values, isMember: secret, setSize: setSize, pairs: pairs, confidence: confidence,
            random: random)
    }

    /// The ROC as a line of at most some 200 points, evenly spread over the logarithm of the false-positive rate.
    ///
    /// - Throws: as ``grade(_:confidence:delta:)``.
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
