import RealModule

/// The number of successes in independent trials of equal probability.
public struct Binomial: Sendable, Equatable {
    /// The number of trials, at least zero.
    public let trials: Int
    /// The probability of a success, in [0, 1].
    public let probability: Double

    /// Creates the distribution.
    ///
    /// - Precondition: `trials` ≥ 0 and `probability` in [0, 1].
    public init(trials: Int, probability: Double) {
        precondition(trials >= 0 && probability >= 0 && probability <= 1, "Binomial(\(trials), \(probability))")
        self.trials = trials
        self.probability = probability
    }

    /// Returns ln Pr[X = k], in nats; minus infinity outside 0…`trials`.
    public func logProbability(of k: Int) -> Double {
        guard k >= 0, k <= trials else { return -.infinity }
        // At probability 0 and 1 the product 0 · ln 0 must count as nothing.
        let successes = k == 0 ? 0 : Double(k) * Double.log(probability)
        let failures = k == trials ? 0 : Double(trials - k) * Double.log(onePlus: -probability)
        return logBinomialCoefficient(trials, k) + successes + failures
    }

    /// Returns Pr[X ≤ k].
    public func probability(atMost k: Int) -> Double {
        if k < 0 { return 0 }
        if k >= trials { return 1 }
        return regularizedIncompleteBeta(1 - probability, Double(trials - k), Double(k) + 1)
    }

    /// Returns Pr[X ≥ k], accurate when it is small.
    public func probability(atLeast k: Int) -> Double {
        if k <= 0 { return 1 }
        if k > trials { return 0 }
        return regularizedIncompleteBeta(probability, Double(k), Double(trials - k) + 1)
    }
}
