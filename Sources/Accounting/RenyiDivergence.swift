import RealModule
import Statistics

/// Returns the Rényi divergence of one step of the Poisson-sampled Gaussian, in nats.
///
/// It is ln E[((1−q) + q·e^((2x−1)/(2σ²)))^α]/(α−1) with x ~ N(0, σ²), which bounds both directions of add-or-remove.
///
/// - Precondition: `order` > 1, `rate` in [0, 1], `noiseMultiplier` > 0.
/// - Complexity: O(α) for integer orders, otherwise a few hundred to a few thousand evaluations of the integrand.
/// - Source: Mironov, Talwar and Zhang 2019, <https://arxiv.org/abs/1908.10530>, section 3.
/// - Deviation: fractional orders by quadrature instead of the paper's two series, which diverge or lose terms in
///   implementations when σ is small.
public func renyiDivergence(order: Double, rate: Double, noiseMultiplier: Double) -> Double {
    precondition(
        order > 1 && rate >= 0 && rate <= 1 && noiseMultiplier > 0,
        "renyiDivergence: order \(order), rate \(rate), noise multiplier \(noiseMultiplier)")
    if rate == 0 { return 0 }
    if rate == 1 { return order / 2 / noiseMultiplier / noiseMultiplier }
    let moment = SampledGaussianMoment(order: order, rate: rate, noiseMultiplier: noiseMultiplier)
    return (moment.isSummable ? moment.logByBinomialSum() : moment.logByQuadrature()) / (order - 1)
}

/// The α-th moment of the likelihood ratio between the sampled Gaussian and the Gaussian.
struct SampledGaussianMoment {
    let order: Double
    let rate: Double
    let noiseMultiplier: Double

    /// Whether the order is an integer that is small enough to add up its terms.
    var isSummable: Bool { order == order.rounded() && order <= 4096 }

    /// The terms of the sum, or the nodes of the quadrature, that the moment takes: what its time is proportional to.
    var evaluations: Int {
        if isSummable { return Int(order) - 1 }
        if areModesSeparate { return 2 }
        return isExcessFinite ? excessNodes.count : powerNodes.reduce(0) { $0 + $1.count }
    }

    /// The logarithm of the moment for an integer order.
    ///
    /// The binomial weights sum to 1, so subtracting 1 from every exponential gives the moment's excess over 1 as a sum
    /// of positive terms, and a tiny divergence keeps all its digits.
    func logByBinomialSum() -> Double {
        let count = Int(order)
        let (logRate, logRest) = (Double.log(rate), Double.log(onePlus: -rate))
        let terms = (2...count).map { k in
            let size = Double(k)
            let exponent = size * (size - 1) / 2 / noiseMultiplier / noiseMultiplier
            // ln(eˣ − 1), by the form that neither overflows nor cancels.
            let logExcess =
                exponent < 1 ? Double.log(.expMinusOne(exponent)) : exponent + Double.log(onePlus: -.exp(-exponent))
            return logBinomialCoefficient(count, k) + (order - size) * logRest + size * logRate + logExcess
        }
        return logOnePlusExp(logSumExp(terms))
    }

    /// The logarithm of the moment for any order, by the trapezoidal rule in z = x/σ.
    ///
    /// The integrand is analytic up to the branch point at distance πσ from the real line and falls like a Gaussian, so
    /// the rule converges exponentially; its step makes the discretisation error smaller than e⁻⁴⁰.
    func logByQuadrature() -> Double {
        if areModesSeparate { return logSumExp([logUnsampledMode, logSampledMode]) }
        if isExcessFinite { return Double.log(onePlus: excessByTrapezoid()) }
        return max(0, logByTrapezoid())
    }

    /// Whether no exponential of the excess overflows; beyond, the moment is so large that its own digits suffice.
    private var isExcessFinite: Bool {
        let largestExponent = (max(order, 2) / noiseMultiplier + reach) / noiseMultiplier
        return largestExponent * order < 600
    }

    /// How far from its modes the integrand is below e⁻⁴⁰ of the moment.
    ///
    /// Left of the crossing, where both parts of the ratio are equal, the integrand is at most 2^α times a Gaussian
    /// about 0; right of it, at most 2^α times a Gaussian about α/σ; and it is at least both Gaussians everywhere.
    private var reach: Double { (2 * (40 + order * Double.log(2))).squareRoot() }

    private var crossing: Double {
        noiseMultiplier * (Double.log(onePlus: -rate) - Double.log(rate)) + 0.5 / noiseMultiplier
    }

    /// Whether one part of the ratio is below e⁻⁴⁰ of the other wherever the integrand matters.
    private var areModesSeparate: Bool {
        let margin = reach + 40 * noiseMultiplier
        return crossing > margin && order / noiseMultiplier - crossing > margin
    }

    private var logUnsampledMode: Double { order * Double.log(onePlus: -rate) }

    private var logSampledMode: Double {
        order * Double.log(rate) + order * (order - 1) / 2 / noiseMultiplier / noiseMultiplier
    }

    private var step: Double {
        // A wider strip than this costs more by the Gaussian's growth in it than it gains.
        let strip = min(0.95 * .pi * noiseMultiplier, 80.squareRoot())
        return 2 * .pi * strip / (40 + strip * strip / 2)
    }

    /// The moment minus 1.
    ///
    /// With u = ratio − 1, whose mean is 0, it is the mean of (1+u)^α − 1 − αu, which is never negative.
    private func excessByTrapezoid() -> Double {
        var sum = 0.0
        for node in excessNodes {
            let z = Double(node) * step
            let exponent = (z - 0.5 / noiseMultiplier) / noiseMultiplier
            sum += Double.exp(-z * z / 2) * excessOfPower(rate * Double.expMinusOne(exponent))
        }
        return sum * step / (2 * .pi).squareRoot()
    }

    private var excessNodes: ClosedRange<Int> {
        let first = Int((-reach / step).rounded(.down))
        let last = Int(((max(order, 2) / noiseMultiplier + reach) / step).rounded(.up))
        return first...last
    }

    /// (1+u)^α − 1 − αu without cancellation.
    private func excessOfPower(_ u: Double) -> Double {
        guard abs(order * u) < 0.1 else { return Double.expMinusOne(order * Double.log(onePlus: u)) - order * u }
        var term = order * (order - 1) / 2 * u * u
        var sum = term
        var k = 2.0
        while abs(term) > 1e-17 * abs(sum) {
            term *= (order - k) / (k + 1) * u
            sum += term
            k += 1
        }
        return sum
    }

    /// The nodes about both modes.
    private var powerNodes: [Range<Int>] {
        let centers = [0, order / noiseMultiplier]
        let windows = centers.map { center in
            Int(((center - reach) / step).rounded(.down))...Int(((center + reach) / step).rounded(.up))
        }
        // The windows may overlap, and no node may count twice.
        let start = max(windows[0].upperBound + 1, windows[1].lowerBound)
        return [Range(windows[0]), start..<max(start, windows[1].upperBound + 1)]
    }

    private func logByTrapezoid() -> Double {
        let (logRate, logRest) = (Double.log(rate), Double.log(onePlus: -rate))
        let terms = powerNodes.joined().map { node in
            let z = Double(node) * step
            let exponent = (z - 0.5 / noiseMultiplier) / noiseMultiplier
            return order * (logRest + logOnePlusExp(logRate + exponent - logRest)) + logNormalDensity(z)
        }
        return logSumExp(terms) + Double.log(step)
    }
}

/// ln Σ eˣ without overflow.
private func logSumExp(_ terms: [Double]) -> Double {
    let largest = terms.reduce(-.infinity, max)
    guard largest.isFinite else { return largest }
    return largest + Double.log(terms.reduce(0) { $0 + Double.exp($1 - largest) })
}

/// ln(1 + eˣ) without overflow.
private func logOnePlusExp(_ x: Double) -> Double {
    x > 0 ? x + Double.log(onePlus: Double.exp(-x)) : Double.log(onePlus: Double.exp(x))
}
