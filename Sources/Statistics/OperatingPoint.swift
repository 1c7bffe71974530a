/// What `n` non-members can say about a false-positive rate.
public enum Resolution: String, Codable, Sendable {
    /// At least 10/n.
    case fine
    /// Below 10/n: fewer than ten false positives decide the threshold.
    case coarse
    /// Below 1/n: not one non-member may be flagged, so nothing can be said.
    case notResolvable = "not resolvable"

    /// What `nonMembers` can say about a false-positive rate.
    ///
    /// A target of exactly 0 asks what is flagged before the first of these non-members is. That is an observation and
    /// no rate below 1/n, and no false positive at all decides it, so it is coarse.
    public init(of target: Double, nonMembers: Int) {
        if target > 0, target < 1 / Double(nonMembers) {
            self = .notResolvable
        } else {
            self = target < 10 / Double(nonMembers) ? .coarse : .fine
        }
    }
}

/// The true-positive rate of an attack at a false-positive rate.
public struct OperatingPoint: Codable, Sendable, Equatable {
    /// The false-positive rate that was asked for.
    public var target: Double
    /// The false-positive rate that the threshold realises, at most `target`; ties may make it smaller.
    public var falsePositiveRate: Double
    /// Scores at or above it are called members; `nil` when nothing is flagged.
    public var threshold: Double?
    /// The share of members at or above the threshold, with its Clopper–Pearson interval.
    public var truePositiveRate: Estimate
    /// What the number of non-members can resolve.
    public var resolution: Resolution
    /// What an accusation at this threshold is worth, by prior; `nil` when that was not asked for.
    public var predictiveValues: [PredictiveValue]?

    /// Creates an operating point.
    public init(
        target: Double, falsePositiveRate: Double, threshold: Double?, truePositiveRate: Estimate,
        resolution: Resolution, predictiveValues: [PredictiveValue]? = nil
    ) {
        self.target = target
        self.falsePositiveRate = falsePositiveRate
        self.threshold = threshold
        self.truePositiveRate = truePositiveRate
        self.resolution = resolution
        self.predictiveValues = predictiveValues
    }
}
