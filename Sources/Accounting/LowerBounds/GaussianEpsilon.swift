import Statistics

/// Returns the smallest ε at which a Gaussian mechanism allows the rates of a test, with a confidence.
///
/// The trade-off between the two rates of a Gaussian mechanism is one curve with one number, its μ. Two rates anywhere on
/// it give that number, and with it the ε at every δ: far fewer trials than ``clopperPearsonEpsilon(_:delta:confidence:)``
/// needs, which only sees the ε at the very rates. It is a bound if the mechanism's trade-off is Gaussian (composed
/// Gaussian noise without sampling), and a fit otherwise.
///
/// - Parameters:
///   - counts: of independent trials, at a threshold that was chosen without them.
///   - delta: in (0, 1); no Gaussian mechanism has a finite ε at 0.
///   - confidence: in (0, 1).
/// - Returns: The bound, at least 0.
/// - Throws: ``AccountingError`` for impossible counts, delta or confidence.
/// - Source: Nasr et al. 2023, <https://arxiv.org/abs/2302.07956>.
public func gaussianEpsilon(
    _ counts: BinaryCounts, delta: Double, confidence: Double
) throws(AccountingError) -> Double {
    try AccountingError.checkDelta(delta)
    return try gaussianFit(counts, confidence: confidence).epsilon(delta: delta)
}

/// Returns the smallest μ of Gaussian differential privacy that allows the rates of a test, with a confidence.
///
/// μ = Φ⁻¹(1 − FPR) − Φ⁻¹(FNR) at the upper Clopper–Pearson limits of both rates, half of the error probability each;
/// 0 if that is negative.
///
/// - Parameters:
///   - counts: of independent trials, at a threshold that was chosen without them.
///   - confidence: in (0, 1).
/// - Returns: The least private Gaussian mechanism that is ruled out, at its limit.
/// - Throws: ``AccountingError`` for impossible counts or confidence.
/// - Source: Nasr et al. 2023.
public func gaussianFit(_ counts: BinaryCounts, confidence: Double) throws(AccountingError) -> GaussianDP {
    let limits = try RateLimits(counts, confidence: confidence)
    // A limit of 1 has an infinite quantile and says nothing; −Φ⁻¹(x) is Φ⁻¹(1 − x) without the rounding.
    guard limits.falsePositiveRate < 1, limits.falseNegativeRate < 1 else { return GaussianDP(mu: 0) }
    return GaussianDP(
        mu: max(0, -normalQuantile(limits.falsePositiveRate) - normalQuantile(limits.falseNegativeRate)))
}
