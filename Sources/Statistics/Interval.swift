/// A confidence interval.
public struct Interval: Codable, Sendable, Equatable {
    /// The lower end.
    public var lower: Double
    /// The upper end.
    public var upper: Double
    /// The two-sided coverage, in (0, 1).
    public var confidence: Double

    /// Creates an interval from its ends.
    public init(lower: Double, upper: Double, confidence: Double) {
        self.lower = lower
        self.upper = upper
        self.confidence = confidence
    }

    /// Returns whether `value` lies between the ends, both included.
    public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}

/// A number with its confidence interval.
public struct Estimate: Codable, Sendable, Equatable {
    /// The point estimate.
    public var value: Double
    /// Its interval.
    public var interval: Interval

    /// Creates an estimate.
    public init(_ value: Double, _ interval: Interval) {
        self.value = value
        self.interval = interval
    }
}
