/// A threshold that was calibrated on other models and then used, unchanged, against the target.
///
/// An adversary does not know the target's false positives: the threshold of a ROC is chosen on the answer. This one is
/// chosen where the adversary knows the truth, on shadow models, and the realised rates show how far the calibration
/// holds.
public struct ThresholdTransfer: Codable, Sendable, Equatable {
    /// The false-positive rate that was asked for.
    public var target: Double
    /// Scores at or above it are called members; `nil` when the calibration flags nothing.
    public var threshold: Double?
    /// The false-positive rate that the threshold realises on the target, with Clopper and Pearson's interval.
    public var falsePositiveRate: Estimate
    /// The true-positive rate that it realises, with Clopper and Pearson's interval.
    public var truePositiveRate: Estimate
    /// How many non-members calibrated the threshold.
    public var calibrationNonMembers: Int
    /// What those can say about `target`; when it is not resolvable, the threshold is that of no false positive.
    public var resolution: Resolution

    /// Calibrates a threshold on one ROC and applies it to another.
    ///
    /// The threshold does not depend on `roc`, so the intervals are exact for independent candidates.
    ///
    /// - Parameters:
    ///   - target: the false-positive rate that the threshold must not exceed on the calibration.
    ///   - calibration: scores of other models, whose membership the adversary knows.
    ///   - roc: the scores of the target and the truth.
    ///   - confidence: of both intervals.
    /// - Precondition: `target` in [0, 1] and `confidence` in (0, 1).
    /// - Complexity: O(n)
    /// - Source: Jebreel et al. 2026, who calibrate on shadow models.
    public init(falsePositiveRate target: Double, from calibration: ROC, to roc: ROC, confidence: Double) {
        self.init(
            target: target, threshold: calibration.flagged(atFalsePositiveRate: target).threshold,
            calibrationNonMembers: calibration.nonMembers, to: roc, confidence: confidence)
    }

    init(target: Double, threshold: Double?, calibrationNonMembers: Int, to roc: ROC, confidence: Double) {
        let flagged = roc.flagged(atOrAbove: threshold)
        func rate(_ successes: Int, _ trials: Int) -> Estimate {
            Estimate(
                Double(successes) / Double(trials),
                .clopperPearson(successes: successes, trials: trials, confidence: confidence))
        }
        self.target = target
        self.threshold = threshold
        falsePositiveRate = rate(flagged.nonMembers, roc.nonMembers)
        truePositiveRate = rate(flagged.members, roc.members)
        self.calibrationNonMembers = calibrationNonMembers
        resolution = Resolution(of: target, nonMembers: calibrationNonMembers)
    }
}
