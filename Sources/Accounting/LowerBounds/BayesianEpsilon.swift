import RealModule
import Statistics

/// Returns the credible interval of the ε that the rates of a test call for.
///
/// The rate of misses and the rate of false alarms have independent beta posteriors under Jeffreys' priors, which are
/// proper at every count, zero included. The ε of two rates is the smallest that (ε, δ)-differential privacy needs to allow
/// them; a test that is wrong more often than right counts as its complement. Each end leaves half of 1 − `confidence`
/// of the posterior outside. It is no confidence interval and proves nothing at small ε: with δ = 0 the posterior has no
/// mass at ε = 0, so the lower end is above 0 whatever was observed.
///
/// - Parameters:
///   - counts: of independent trials, at a threshold that was chosen without them.
///   - delta: in [0, 1).
///   - confidence: the posterior mass between both ends, in (0, 1).
/// - Returns: Both ends, at least 0, finite, to about 1e-8.
/// - Throws: ``AccountingError`` for impossible counts, delta or confidence.
/// - Complexity: about thirty integrals of some hundred beta distribution functions.
/// - Deviation: the published code integrates to 5e-3 and searches to 0.01; this one integrates to 1e-10, so both agree to
///   two digits only.
/// - Source: Zanella-Béguelin et al. 2023, <https://arxiv.org/abs/2206.05199>.
public func bayesianEpsilon(
    _ counts: BinaryCounts, delta: Double, confidence: Double
) throws(AccountingError) -> (lower: Double, upper: Double) {
    try bayesianEpsilon(counts, copies: 1, delta: delta, confidence: confidence)
}

/// The interval for one record when each trial added or removed `copies` equal ones.
func bayesianEpsilon(
    _ counts: BinaryCounts, copies: Int, delta: Double, confidence: Double
) throws(AccountingError) -> (lower: Double, upper: Double) {
    try counts.check()
    try AccountingError.checkDeltaOrZero(delta)
    try AccountingError.checkConfidence(confidence)
    guard copies >= 1 else { throw .groupSize(copies) }
    let posterior = RatePosterior(counts)
    func mass(_ epsilon: Double) throws(AccountingError) -> Double {
        let group = try groupPromise(epsilon: epsilon, delta: delta, size: copies)
        return posterior.mass(epsilon: group.epsilon, delta: group.delta)
    }
    let tail = (1 - confidence) / 2
    return (try crossing(of: tail, mass), try crossing(of: 1 - tail, mass))
}

/// The ε at which a mass that rises with it reaches `target`, by the Illinois variant of the false position.
private func crossing(
    of target: Double, _ mass: (Double) throws(AccountingError) -> Double
) throws(AccountingError) -> Double {
    var (lower, below) = (0.0, try mass(0) - target)
    guard below < 0 else { return 0 }
    var (upper, above) = (1.0, try mass(1) - target)
    while above < 0 {
        (lower, below) = (upper, above)
        upper *= 2
        above = try mass(upper) - target
    }
    // An end that stays twice counts half.
    var side = 0
    for _ in 0..<100 where upper - lower > 1e-10 {
        let middle = (lower * above - upper * below) / (above - below)
        let value = try mass(middle) - target
        if abs(value) < 1e-12 { return middle }
        if value < 0 {
            (lower, below) = (middle, value)
            if side == -1 { above /= 2 }
            side = -1
        } else {
            (upper, above) = (middle, value)
            if side == 1 { below /= 2 }
            side = 1
        }
    }
    return lower
}

/// The joint posterior of the rates of false alarms and of misses.
private struct RatePosterior {
    private let alarms: Beta
    private let misses: Beta

    init(_ counts: BinaryCounts) {
        alarms = Beta(successes: counts.falsePositives, trials: counts.negatives)
        misses = Beta(successes: counts.positives - counts.truePositives, trials: counts.positives)
    }

    /// The posterior mass of the rates that (ε, δ)-differential privacy allows.
    func mass(epsilon: Double, delta: Double) -> Double {
        guard delta < 1 else { return 1 }
        let factor = Double.exp(epsilon)
        // With x false alarms, at least this rate of misses; the complement of the test gives a largest one.
        func least(_ x: Double, _ rest: Double) -> Double {
            min(1, max(0, (rest - delta) / factor, 1 - delta - factor * x))
        }
        func integrand(_ angle: Double) -> Double {
            let (sine, cosine) = (Double.sin(angle), Double.cos(angle))
            let (x, rest) = (sine * sine, cosine * cosine)
            let (lowest, highest) = (least(x, rest), 1 - least(rest, x))
            guard highest > lowest else { return 0 }
            return alarms.angularDensity(sine, cosine)
                * (misses.probability(atMost: highest) - misses.probability(atMost: lowest))
        }
        let (start, end) = alarms.bulk
        // Where one of the limits has a corner.
        let corner = (1 - delta) / (1 + factor)
        let corners = [corner, 1 - corner, 1 - delta, delta].map { Double.asin($0.squareRoot()) }
        let ends = ([start, end] + corners.filter { $0 > start && $0 < end }).sorted()
        return zip(ends, ends.dropFirst()).reduce(0) { $0 + adaptiveIntegral(from: $1.0, to: $1.1, integrand) }
    }
}

/// Jeffreys' posterior of a rate.
private struct Beta {
    private let a: Double
    private let b: Double
    private let logNorm: Double

    init(successes: Int, trials: Int) {
        (a, b) = (Double(successes) + 0.5, Double(trials - successes) + 0.5)
        logNorm = Double.logGamma(a + b) - Double.logGamma(a) - Double.logGamma(b)
    }

    func probability(atMost x: Double) -> Double { regularizedIncompleteBeta(x, a, b) }

    /// The density of the angle whose squared sine is the rate, which has no pole where that of the rate has one.
    func angularDensity(_ sine: Double, _ cosine: Double) -> Double {
        guard sine > 0, cosine > 0 else { return a == 0.5 || b == 0.5 ? angularDensityAtEnd(sine) : 0 }
        return 2 * Double.exp(logNorm + (2 * a - 1) * Double.log(sine) + (2 * b - 1) * Double.log(cosine))
    }

    private func angularDensityAtEnd(_ sine: Double) -> Double {
        (sine > 0 ? b : a) == 0.5 ? 2 * Double.exp(logNorm) : 0
    }

    /// The angles between which all but 2e-12 of the distribution lies.
    var bulk: (Double, Double) {
        func angle(_ rate: Double) -> Double { Double.asin(rate.squareRoot()) }
        return (
            angle(inverseRegularizedIncompleteBeta(1e-12, a, b)),
            // The upper end from the complement, whose small quantile is accurate.
            .pi / 2 - angle(inverseRegularizedIncompleteBeta(1e-12, b, a))
        )
    }
}
