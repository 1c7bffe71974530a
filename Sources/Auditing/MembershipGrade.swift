public import Statistics

/// The grade of membership scores.
///
/// What is optional was not measured, or was not in an older `findings.json`.
public struct MembershipGrade: Codable, Sendable, Equatable {
    /// The number of members among the candidates.
    public var members: Int
    /// The number of non-members among the candidates.
    public var nonMembers: Int
    /// The area under the ROC curve, ties counted half, with DeLong's interval, or the jackknife's over targets.
    public var auc: Estimate
    /// The true-positive rates at the false-positive rates that were asked for, the largest first.
    public var operatingPoints: [OperatingPoint]
    /// The best mean of true-positive and true-negative rate over all thresholds, chosen on the truth: optimistic.
    public var balancedAccuracy: Double
    /// The largest true-positive minus false-positive rate over all thresholds, chosen on the truth: optimistic.
    public var advantage: Double?
    /// The area in the better direction, chosen on the truth: optimistic, and what a wrong sign would hide.
    public var twoSidedAUC: Estimate?
    /// The smallest ε that the operating points allow.
    public var impliedEpsilon: ImpliedEpsilon?
    /// The rates at thresholds that other models calibrated.
    public var transfers: [ThresholdTransfer]?
    /// How well sets of records, and the better half of them, are told apart.
    public var setMembership: SetMembership?
    /// How many targets were pooled, each with candidates of its own; `nil` for a single one.
    public var targets: Int?

    /// Creates a grade.
    public init(
        members: Int, nonMembers: Int, auc: Estimate, operatingPoints: [OperatingPoint], balancedAccuracy: Double,
        advantage: Double? = nil, twoSidedAUC: Estimate? = nil, impliedEpsilon: ImpliedEpsilon? = nil,
        transfers: [ThresholdTransfer]? = nil, setMembership: SetMembership? = nil, targets: Int? = nil
    ) {
        self.members = members
        self.nonMembers = nonMembers
        self.auc = auc
        self.operatingPoints = operatingPoints
        self.balancedAccuracy = balancedAccuracy
        self.advantage = advantage
        self.twoSidedAUC = twoSidedAUC
        self.impliedEpsilon = impliedEpsilon
        self.transfers = transfers
        self.setMembership = setMembership
        self.targets = targets
    }

    /// The shares of members at which an accusation is valued: one in a hundred, one in ten, one in two.
    public static let priors = [0.01, 0.1, 0.5]

    /// Reads a ROC: everything but ``transfers`` and ``setMembership``, which need more than the scores of one target.
    ///
    /// The implied ε uses the rates that the non-members resolve; which those are depends on their number alone.
    ///
    /// - Parameters:
    ///   - roc: the scores and the truth.
    ///   - rates: false-positive rates in [0, 1], the largest first.
    ///   - confidence: of every interval, in (0, 1).
    ///   - delta: what the implied ε grants, in [0, 1).
    public init(_ roc: ROC, rates: [Double] = MembershipGame.rates, confidence: Double = 0.95, delta: Double = 1e-5) {
        let points = rates.map { rate in
            var point = roc.operatingPoint(atFalsePositiveRate: rate, confidence: confidence)
            point.predictiveValues = Self.priors.compactMap {
                roc.positivePredictiveValue(atFalsePositiveRate: rate, prior: $0, confidence: confidence)
            }
            return point
        }
        let resolved = points.filter { $0.resolution != .notResolvable }.map(\.target)
        self.init(
            members: roc.members, nonMembers: roc.nonMembers, auc: roc.aucEstimate(confidence: confidence),
            operatingPoints: points, balancedAccuracy: roc.balancedAccuracy, advantage: roc.advantage,
            twoSidedAUC: roc.twoSidedAUC(confidence: confidence),
            impliedEpsilon: resolved.isEmpty
                ? nil : roc.impliedEpsilon(atFalsePositiveRates: resolved, delta: delta, confidence: confidence))
    }
}
