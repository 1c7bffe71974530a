/// The ways to find out that a mechanism is not what it claims.
public enum Detector: String, Codable, Sendable, CaseIterable {
    /// Batches that differ in one record, under the same noise.
    case sensitivityProbe = "sensitivity-probe"
    /// The distribution of the noise, and its correlation over steps and coordinates.
    case noiseDistribution = "noise-distribution"
    /// Whom the batches hold, against independent coin flips.
    case sampler
    /// A lower bound on epsilon from a gradient of the adversary's.
    case gradientCanary = "gradient-canary"
}

/// One question that a detector asks.
public struct Check: Codable, Sendable, Equatable {
    /// What is asked.
    public var name: String
    /// The answer.
    public var statistic: Double
    /// What the answer may be at most; `nil` for a test with a p-value.
    public var limit: Double?
    /// The probability of an answer at least as odd, if the claim holds; `nil` for a check without one.
    public var pValue: Double?

    init(_ name: String, statistic: Double, limit: Double? = nil, pValue: Double? = nil) {
        (self.name, self.statistic, self.limit, self.pValue) = (name, statistic, limit, pValue)
    }
}

/// What a detector found.
public struct Verdict: Codable, Sendable, Equatable {
    /// Who says so.
    public var detector: Detector
    /// Whether the claim is rejected.
    public var isCaught: Bool
    /// The probability with which a true claim is accepted is at least this.
    public var level: Double
    /// The check that speaks most against the claim.
    public var worst: Check
    /// The probability of a check at least as odd as the worst among all of them, if the claim holds; `nil` for a
    /// detector that leaves nothing to chance or gives a bound.
    public var pValue: Double?
    /// The finding in a sentence.
    public var words: String
    /// Everything that was asked.
    public var checks: [Check]
}

extension Verdict {
    /// The verdict of tests with p-values: Bonferroni over all of them.
    static func screening(_ checks: [Check], by detector: Detector, level: Double, passed: String) -> Verdict {
        let worst = checks.min { ($0.pValue ?? 1) < ($1.pValue ?? 1) } ?? Check("nothing", statistic: 0)
        let joint = min(1, Double(checks.count) * (worst.pValue ?? 1))
        let isCaught = joint < 1 - level
        return Verdict(
            detector: detector, isCaught: isCaught, level: level, worst: worst, pValue: joint,
            words: isCaught ? "\(worst.name) is not as claimed" : passed, checks: checks)
    }
}
