import RealModule
import Statistics

/// Gaussian differential privacy: two outcomes are as hard to tell apart as N(0, 1) and N(μ, 1).
///
/// Exact for composed Gaussian mechanisms on the whole data set. With sampling it is only a limit theorem, see
/// ``centralLimitApproximation(rate:noiseMultiplier:steps:)``.
///
/// - Source: Dong, Roth and Su 2022, <https://arxiv.org/abs/1905.02383>; Balle and Wang 2018 for δ(ε).
public struct GaussianDP: Sendable, Equatable {
    /// The distance between the two normal distributions, at least 0.
    public let mu: Double

    /// Describes `steps` Gaussian mechanisms on the whole data set: μ = √T/σ, exactly.
    ///
    /// - Throws: ``AccountingError`` for an impossible noise multiplier or count.
    public init(noiseMultiplier: Double, steps: Int = 1) throws(AccountingError) {
        try AccountingError.checkNoiseMultiplier(noiseMultiplier)
        try AccountingError.checkCount(steps)
        mu = Double(steps).squareRoot() / noiseMultiplier
    }

    init(mu: Double) { self.mu = mu }

    /// Returns the limit of Poisson-sampled Gaussians for many steps: an approximation, not a bound.
    ///
    /// μ = q√T·√(e^(1/σ²) − 1). It lies below the true privacy loss in every case that we know, so it may be shown beside a
    /// bound, but never as the guarantee.
    ///
    /// - Throws: ``AccountingError`` for an impossible rate, noise multiplier or count.
    /// - Source: Bu, Dong, Long and Su 2020, <https://arxiv.org/abs/1911.11607>.
    public static func centralLimitApproximation(
        rate: Double, noiseMultiplier: Double, steps: Int
    ) throws(AccountingError) -> GaussianDP {
        try AccountingError.checkRate(rate)
        try AccountingError.checkNoiseMultiplier(noiseMultiplier)
        try AccountingError.checkCount(steps)
        let spread = Double.expMinusOne(1 / noiseMultiplier / noiseMultiplier).squareRoot()
        return GaussianDP(mu: rate * Double(steps).squareRoot() * spread)
    }

    /// Returns the guarantee of a group of `size` records: k·μ, exactly.
    ///
    /// - Throws: ``AccountingError/groupSize(_:)`` below 1.
    public func group(of size: Int) throws(AccountingError) -> GaussianDP {
        guard size >= 1 else { throw .groupSize(size) }
        return GaussianDP(mu: Double(size) * mu)
    }

    /// Returns the smallest δ for an ε: Φ(−ε/μ + μ/2) − e^ε·Φ(−ε/μ − μ/2).
    ///
    /// - Throws: ``AccountingError/epsilon(_:)`` when negative.
    public func delta(epsilon: Double) throws(AccountingError) -> Double {
        try AccountingError.checkEpsilon(epsilon)
        return hockeyStick(epsilon)
    }

    /// Returns the smallest ε for a δ, rounded up in its last digits.
    ///
    /// - Throws: ``AccountingError/delta(_:)`` outside (0, 1).
    public func epsilon(delta: Double) throws(AccountingError) -> Double {
        try AccountingError.checkDelta(delta)
        return smallestEpsilon(delta: delta, hockeyStick)
    }

    private func hockeyStick(_ epsilon: Double) -> Double {
        guard mu > 0, epsilon.isFinite else { return 0 }
        let first = logNormalCDF(-epsilon / mu + mu / 2)
        let second = epsilon + logNormalCDF(-epsilon / mu - mu / 2)
        return max(0, -Double.exp(first) * Double.expMinusOne(second - first))
    }
}
