import RealModule
import Statistics

/// Returns the Rényi divergence of one step of the Poisson-sampled Gaussian when one record replaces another, in nats.
///
/// It is that of (1−q)·N(0, σ²) + q·N(1, σ²) from (1−q)·N(0, σ²) + q·N(−1, σ²): the two records' clipped gradients
/// point in opposite directions. Both directions are equal by symmetry.
///
/// - Precondition: `order` > 1, `rate` in [0, 1], `noiseMultiplier` > 0.
/// - Complexity: (α/σ + √α)/min(σ, 1) evaluations of the integrand, hundreds for usual parameters.
/// - Source: Lebeda, Regehr, Kamath and Steinke 2024, <https://arxiv.org/abs/2405.20769>, for the pair.
public func renyiDivergenceOfReplacing(order: Double, rate: Double, noiseMultiplier: Double) -> Double {
    precondition(
        order > 1 && rate >= 0 && rate <= 1 && noiseMultiplier > 0,
        "renyiDivergenceOfReplacing: order \(order), rate \(rate), noise multiplier \(noiseMultiplier)")
    if rate == 0 { return 0 }
    if rate == 1 { return 2 * order / noiseMultiplier / noiseMultiplier }
    // The unsampled divergence holds for every rate. It is used where the trapezoidal rule would need millions of nodes.
    guard order / noiseMultiplier / min(1, noiseMultiplier) < 1e5 else {
        return 2 * order / noiseMultiplier / noiseMultiplier
    }
    return ReplacementMoment(order: order, rate: rate, noiseMultiplier: noiseMultiplier).log() / (order - 1)
}

/// Returns the Rényi divergence of Laplace noise on a query of sensitivity 1, in nats.
///
/// - Parameters:
///   - order: The order α, above 1.
///   - scale: The noise's scale b, above 0.
/// - Returns: ln(α/(2α−1)·e^((α−1)/b) + (α−1)/(2α−1)·e^(−α/b))/(α−1).
/// - Source: Mironov 2017, <https://arxiv.org/abs/1702.07476>, proposition 6.
public func renyiDivergenceOfLaplace(order: Double, scale: Double) -> Double {
    precondition(order > 1 && scale > 0, "renyiDivergenceOfLaplace: order \(order), scale \(scale)")
    let (up, down) = ((order - 1) / scale, -order / scale)
    if up > 600 { return (up + Double.log(order / (2 * order - 1))) / (order - 1) }
    // Weights sum to 1, so that the excess over 1 keeps its digits.
    let excess = (order * Double.expMinusOne(up) + (order - 1) * Double.expMinusOne(down)) / (2 * order - 1)
    return Double.log(onePlus: max(0, excess)) / (order - 1)
}

/// The α-th moment of the likelihood ratio between the two sampled Gaussians of replace-one.
private struct ReplacementMoment {
    let order: Double
    let rate: Double
    let noiseMultiplier: Double

    /// ln ∫ P^α·Q^(1−α) by the trapezoidal rule in multiples of σ.
    ///
    /// The integrand is analytic up to the ratios' zeros at distance πσ and falls like a Gaussian beyond its outermost
    /// modes ±(2α − 1)/σ.
    func log() -> Double {
        let reach = (2 * (40 + 2 * order * Double.log(2))).squareRoot()
        let end = (2 * order - 1) / noiseMultiplier + reach
        let strip = min(0.95 * Double.pi * noiseMultiplier, 80.squareRoot())
        let step = 2 * Double.pi * strip / (40 + strip * strip / 2)
        let pair = DominatingPair.replacing(rate: rate, noiseMultiplier: noiseMultiplier)
        let nodes = (-Int((end / step).rounded(.up))...Int((end / step).rounded(.up))).map { Double($0) * step }
        // Moments near 1 are summed as excess over 1, with Q's density: ∫ Q·(r^α − 1 − α(r − 1)), where r = P/Q.
        let losses = nodes.map(pair.loss)
        let exponents = zip(nodes, losses).map { z, loss in logDensityOfQ(z) + order * loss }
        let largest = exponents.reduce(-.infinity, max)
        let logMoment =
            largest + Double.log(step * exponents.reduce(0) { $0 + Double.exp($1 - largest) })
        guard logMoment < 0.5, order * (losses.map(abs).reduce(0, max)) < 600 else { return max(0, logMoment) }
        let excess = zip(nodes, losses).reduce(0) { sum, at in
            sum + step * Double.exp(logDensityOfQ(at.0)) * excessOfPower(at.1)
        }
        return Double.log(onePlus: excess)
    }

    /// e^(αl) − 1 − α(e^l − 1) without cancellation for small losses.
    private func excessOfPower(_ loss: Double) -> Double {
        if abs(order * loss) > 0.1 {
            return Double.expMinusOne(order * loss) - order * Double.expMinusOne(loss)
        }
        // Σ (α^k − α)·l^k/k! for k ≥ 2.
        var (sum, power, orderPower) = (0.0, loss, order)
        for k in 2...12 {
            power *= loss / Double(k)
            orderPower *= order
            sum += (orderPower - order) * power
        }
        return sum
    }

    private func logDensityOfQ(_ z: Double) -> Double {
        let a = (-z - 0.5 / noiseMultiplier) / noiseMultiplier
        let logRatio = a > 30 ? a + Double.log(rate + (1 - rate) * .exp(-a)) : .log(onePlus: rate * .expMinusOne(a))
        return logNormalDensity(z) + logRatio
    }
}
