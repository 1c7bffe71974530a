public import Statistics
public import ThreatModel

/// The game of membership in which each model of a pool is the target once, attacked with the help of all the others.
///
/// One training bill buys many targets. The candidates are the same records each time, and the scores of one target share
/// its training, so every interval treats a target as one observation.
///
/// The pool's membership must come from independent coin flips. In a pool that holds each record a fixed number of
/// times, the count among the other models is the target's secret.
public struct LeaveOneOutGame: Sendable {
    private let secrets: [[Bool]]

    /// Starts a game with the secret of each target.
    package init(secrets: [[Bool]]) { self.secrets = secrets }

    /// Grades the scores of each target's candidates, in the order of the targets.
    ///
    /// - Parameters:
    ///   - scores: one array per target; they are pooled, so they must be on one scale.
    ///   - confidence: of every interval, in (0, 1).
    /// - Returns: the grade of the pooled scores, and those of the targets one by one.
    /// - Throws: ``StatisticsError`` when the shapes differ, for fewer than two targets, when a target has only members or
    ///   only non-members, and for a score that is not a number.
    /// - Complexity: O(n log n + targets · n) for n scores
    public func grade(
        _ scores: [MembershipScores], confidence: Double = 0.95
    ) throws(StatisticsError) -> LeaveOneOutGrade {
        let roc = try ClusteredROC(scores: scores.map(\.values), isMember: secrets)
        let area = roc.aucEstimate(confidence: confidence)
        let points = MembershipGame.rates.map {
            roc.operatingPoint(atFalsePositiveRate: $0, confidence: confidence)
        }
        var (means, transfers) = ([Estimate?](), [TransferredRates]())
        for rate in MembershipGame.rates {
            means.append(try roc.meanTruePositiveRate(atFalsePositiveRate: rate, confidence: confidence))
            transfers.append(
                try TransferredRates(roc.transfers(falsePositiveRate: rate, confidence: confidence), confidence))
        }
        return LeaveOneOutGrade(
            pooled: MembershipGrade(
                members: roc.members, nonMembers: roc.nonMembers, auc: area.estimate,
                operatingPoints: points.map(\.point), balancedAccuracy: (1 + roc.advantage) / 2,
                advantage: roc.advantage, targets: roc.targets.count),
            areaError: area.standardError, rateErrors: points.map(\.standardError),
            meanAUC: try roc.meanAUC(confidence: confidence), meanRates: means, transfers: transfers)
    }
}

/// The grade of scores of several targets.
public struct LeaveOneOutGrade: Codable, Sendable, Equatable {
    /// The pooled scores with one threshold for all targets; intervals are Student's with the jackknife over targets.
    public var pooled: MembershipGrade
    /// The jackknife's standard error of the pooled area.
    public var areaError: Double
    /// The jackknife's standard errors of the pooled rates, one per operating point.
    public var rateErrors: [Double]
    /// The mean of the targets' own areas with Student's interval.
    public var meanAUC: Estimate
    /// The means of the targets' own rates at their own thresholds, one per operating point; `nil` where the
    /// candidates of one target do not resolve the rate.
    public var meanRates: [Estimate?]
    /// What each target's threshold does when the other targets calibrate it, one per operating point.
    public var transfers: [TransferredRates]

    /// Creates a grade.
    public init(
        pooled: MembershipGrade, areaError: Double, rateErrors: [Double], meanAUC: Estimate, meanRates: [Estimate?],
        transfers: [TransferredRates]
    ) {
        self.pooled = pooled
        self.areaError = areaError
        self.rateErrors = rateErrors
        self.meanAUC = meanAUC
        self.meanRates = meanRates
        self.transfers = transfers
    }
}

/// The mean rates over targets at thresholds that the other targets calibrated.
public struct TransferredRates: Codable, Sendable, Equatable {
    /// The false-positive rate that was asked for.
    public var target: Double
    /// The mean of the realised false-positive rates with Student's interval.
    public var falsePositiveRate: Estimate
    /// The mean of the realised true-positive rates with Student's interval.
    public var truePositiveRate: Estimate
    /// What the calibrating non-members can say, the coarsest of all targets.
    public var resolution: Resolution

    /// Averages the transfers to several targets.
    ///
    /// - Throws: ``StatisticsError/tooFew(needed:found:)`` for fewer than two.
    init(_ transfers: [ThresholdTransfer], _ confidence: Double) throws(StatisticsError) {
        falsePositiveRate = try meanInterval(transfers.map(\.falsePositiveRate.value), confidence: confidence)
        truePositiveRate = try meanInterval(transfers.map(\.truePositiveRate.value), confidence: confidence)
        let fewest = transfers.reduce(Int.max) { min($0, $1.calibrationNonMembers) }
        target = transfers[0].target
        resolution = Resolution(of: target, nonMembers: fewest)
    }
}
