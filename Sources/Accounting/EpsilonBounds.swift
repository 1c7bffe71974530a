/// An epsilon between two bounds.
public struct EpsilonBounds: Codable, Sendable, Equatable {
    /// No mechanism of this description has a smaller epsilon; at least 0.
    public var lower: Double
    /// The best guess in between, for comparison; not a guarantee.
    public var estimate: Double
    /// The guarantee; infinite when nothing is guaranteed.
    public var upper: Double

    /// Creates bounds.
    ///
    /// - Precondition: `lower` ≤ `estimate` ≤ `upper`.
    public init(lower: Double, estimate: Double, upper: Double) {
        precondition(lower <= estimate && estimate <= upper, "EpsilonBounds: \(lower), \(estimate), \(upper)")
        (self.lower, self.estimate, self.upper) = (lower, estimate, upper)
    }

    /// What holds when both hold for their own direction: the larger of each.
    func larger(_ other: EpsilonBounds) -> EpsilonBounds {
        EpsilonBounds(
            lower: max(lower, other.lower), estimate: max(estimate, other.estimate), upper: max(upper, other.upper))
    }

    /// What holds when both hold for the same direction.
    func meeting(_ other: EpsilonBounds) -> EpsilonBounds {
        let upper = min(upper, other.upper)
        let lower = min(upper, max(lower, other.lower))
        return EpsilonBounds(lower: lower, estimate: min(upper, max(lower, other.estimate)), upper: upper)
    }

    /// Whether the bounds are as close as a tolerance asks, relative to the upper one.
    func isWithin(_ tolerance: Double) -> Bool { upper - lower <= tolerance * upper + 1e-9 }
}
