/// A rate limit: a bucket that fills at a constant rate and from which every request takes what it costs.
///
/// A request that costs more than the bucket holds waits until it is full, and leaves it in debt: what it took beyond
/// is to be refilled before the next, so that the long-run rate holds for requests of any size.
/// - Complexity: O(1) a request; nothing runs in between.
public struct TokenBucket: Sendable, Equatable {
    /// The units that come per second.
    public let rate: Double
    /// The units that it holds.
    public let burst: Double
    private var level: Double
    private var updated: Double

    /// Creates a full bucket.
    ///
    /// - Parameters:
    ///   - rate: the units per second, above 0.
    ///   - burst: the units that it holds, above 0.
    ///   - now: the time in seconds, of any clock that does not go back.
    public init(rate: Double, burst: Double, at now: Double) {
        precondition(rate > 0 && burst > 0, "a bucket of \(burst) at \(rate) per second")
        (self.rate, self.burst, level, updated) = (rate, burst, burst, now)
    }

    /// Takes what a request costs, if it is there.
    ///
    /// - Parameters:
    ///   - cost: the units, at least 0.
    ///   - now: the time in seconds; a clock that goes back adds nothing.
    /// - Returns: `nil` when it was taken; else the seconds after which it will be there, and nothing was taken.
    public mutating func take(_ cost: Double, at now: Double) -> Double? {
        level = min(burst, level + max(0, now - updated) * rate)
        updated = max(updated, now)
        let needed = min(cost, burst)
        // Who waited as long as he was told finds enough, whatever the rounding.
        guard level >= needed - 1e-9 * burst else { return (needed - level) / rate }
        level -= cost
        return nil
    }
}

extension QueryCost {
    /// The tokens that weigh as much as one query in a rate limit.
    public static let tokensPerUnit = 100

    /// What a query takes from a rate limit: queries + tokens/100, so that a long prompt takes more than a short one.
    public var units: Double { Double(queries) + Double(tokens) / Double(Self.tokensPerUnit) }
}
