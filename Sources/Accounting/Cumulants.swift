import RealModule

/// ln E[e^(tL)] of a finite privacy loss L, and its first two derivatives in t: mean and variance of the tilted loss.
struct Cumulants {
    /// ln E[e^(tL)].
    var value: Double
    /// The mean of L when probabilities are multiplied by e^(tL).
    var mean: Double
    /// The variance of L when probabilities are multiplied by e^(tL).
    var variance: Double

    /// Creates cumulants that are known.
    init(value: Double, mean: Double, variance: Double) {
        (self.value, self.mean, self.variance) = (value, mean, variance)
    }

    /// Creates the cumulants of a lattice distribution's finite losses.
    ///
    /// - Complexity: one exponential per mass.
    init(_ distribution: PrivacyLossDistribution, at t: Double) {
        self.init(
            losses: distribution.masses.indices.lazy.map(distribution.loss), masses: distribution.masses, at: t)
    }

    /// Creates the cumulants of losses with their masses, which need not sum to 1.
    init(losses: some Collection<Double>, masses: [Double], at t: Double) {
        var largest = -Double.infinity
        for (loss, mass) in zip(losses, masses) where mass > 0 { largest = max(largest, t * loss) }
        var (sum, first, second) = (0.0, 0.0, 0.0)
        for (loss, mass) in zip(losses, masses) where mass > 0 {
            let weight = mass * Double.exp(t * loss - largest)
            sum += weight
            first += weight * loss
            second += weight * loss * loss
        }
        value = largest + Double.log(sum)
        mean = first / sum
        variance = max(0, second / sum - mean * mean)
    }

    /// Returns the cumulants of this loss plus `count` independent others.
    func adding(_ other: Cumulants, times count: Int) -> Cumulants {
        let n = Double(count)
        return Cumulants(
            value: value + n * other.value, mean: mean + n * other.mean, variance: variance + n * other.variance)
    }
}
