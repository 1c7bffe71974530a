import Foundation

/// A test, after every trial, of whether successes are more frequent than a rate.
///
/// It plays a game that is fair at the rate: its wealth is the mean, over seven higher rates, of the likelihood ratio of
/// what was seen. While successes come at the rate or below, the wealth ever reaches 1/α with probability at most α
/// (Ville 1939), however many trials there are and whenever one looks.
///
/// - Source: Wald 1945 for the ratio; Robbins 1970 for mixtures of it.
public struct SequentialRateTest: Sendable, Equatable {
    /// The rate that is allowed, in (0, 1).
    public let rate: Double
    /// The probability of ever rejecting it wrongly.
    public let level: Double
    /// The trials so far.
    public private(set) var trials = 0
    /// The successes so far.
    public private(set) var successes = 0

    /// Creates a test.
    ///
    /// - Precondition: both in (0, 1).
    public init(rate: Double, level: Double) {
        precondition(rate > 0 && rate < 1 && level > 0 && level < 1, "rate \(rate) at level \(level)")
        (self.rate, self.level) = (rate, level)
    }

    /// The logarithm of the wealth, in nats.
    public var logWealth: Double {
        let (hits, misses) = (Double(successes), Double(trials - successes))
        let ratios = (1...7).map { step in
            let higher = rate + (1 - rate) * Double(step) / 8
            return hits * Foundation.log(higher / rate) + misses * Foundation.log((1 - higher) / (1 - rate))
        }
        let largest = ratios.max() ?? 0
        return largest + Foundation.log(ratios.reduce(0) { $0 + Foundation.exp($1 - largest) } / 7)
    }

    /// The fewest trials after which the rate can be rejected: all of them successes.
    ///
    /// - Complexity: O(the trials)
    public var leastTrials: Int {
        var ideal = SequentialRateTest(rate: rate, level: level)
        while !ideal.observe(true) {}
        return ideal.trials
    }

    /// Takes a trial in.
    ///
    /// - Returns: whether the rate is rejected now.
    public mutating func observe(_ isSuccess: Bool) -> Bool {
        trials += 1
        successes += isSuccess ? 1 : 0
        return logWealth >= -Foundation.log(level)
    }
}
