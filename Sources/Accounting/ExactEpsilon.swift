import RealModule
import Statistics

/// Returns the exact epsilon of an event where a closed form is known, and `nil` elsewhere.
///
/// Known are compositions of Gaussians on the whole data set (the analytic Gaussian mechanism) and a single
/// Poisson-sampled Gaussian (the hockey-stick divergence between a normal mixture and a normal, the larger direction).
/// Under replace-one, only the former are. So is one Laplace mechanism: 1/b + 2·ln(1 − δ). An event that is not private has
/// an infinite epsilon.
///
/// Being exact, it is at once a lower limit for every accountant and the smallest possible upper bound.
///
/// - Throws: ``AccountingError`` for an impossible event or delta.
/// - Source: Balle and Wang 2018, <https://arxiv.org/abs/1805.06530>; for the mixture, the definition of δ(ε).
public func exactEpsilon(
    of event: PrivacyEvent, delta: Double, relation: NeighbouringRelation = .addOrRemove
) throws(AccountingError) -> Double? {
    try AccountingError.checkDelta(delta)
    let reach = relation == .replaceOne ? 2.0 : 1
    var squaredMu = 0.0
    var isKnown = true
    var scales: [Double] = []
    var sampled: [SampledGaussian] = []
    for entry in try PrivacyLedger(event).entries {
        switch entry.event {
        case .gaussian(let sigma), .poissonSampledGaussian(1, let sigma):
            squaredMu += Double(entry.count) * reach * reach / sigma / sigma
        case .poissonSampledGaussian(let rate, let sigma):
            // Two sampled steps have no closed form, so more than two need not be listed.
            let copies = rate == 0 ? 0 : min(entry.count, 2)
            sampled += Array(repeating: SampledGaussian(rate: rate, noiseMultiplier: sigma), count: copies)
        case .nonPrivate: return .infinity
        case .laplace(let scale): scales += Array(repeating: scale / reach, count: min(entry.count, 2))
        case .repeatAndSelect: isKnown = false
        case .composed, .repeated:
            preconditionFailure("a ledger holds no nested events")
        }
    }
    guard isKnown else { return nil }
    if let scale = scales.first {
        guard scales.count == 1, sampled.isEmpty, squaredMu == 0 else { return nil }
        return max(0, 1 / scale + 2 * Double.log(onePlus: -delta))
    }
    if sampled.isEmpty { return try GaussianDP(mu: squaredMu.squareRoot()).epsilon(delta: delta) }
    guard sampled.count == 1, squaredMu == 0, relation == .addOrRemove else { return nil }
    return smallestEpsilon(delta: delta) { max(sampled[0].deltaOfRemoving($0), sampled[0].deltaOfAdding($0)) }
}

/// One step of the Poisson-sampled Gaussian: P = (1−q)·N(0, σ²) + q·N(1, σ²) with the record, Q = N(0, σ²) without.
struct SampledGaussian {
    /// The sampling rate q, in (0, 1).
    let rate: Double
    /// The noise multiplier σ.
    let noiseMultiplier: Double

    /// P[A] − e^ε·Q[A] on the set A of outputs where P exceeds e^ε·Q.
    ///
    /// A is the half line above the x where the ratio is e^ε, and P[A] − e^ε·Q[A] = q·N(1)[A] − (e^ε − 1 + q)·N(0)[A].
    func deltaOfRemoving(_ epsilon: Double) -> Double {
        let logWeight = epsilon + Double.log(onePlus: (rate - 1) * Double.exp(-epsilon))
        let x = threshold(logWeight)
        return difference(
            Double.log(rate) + logNormalCDF((1 - x) / noiseMultiplier),
            logWeight + logNormalCDF(-x / noiseMultiplier))
    }

    /// Q[B] − e^ε·P[B] on the set B of outputs where Q exceeds e^ε·P: a half line, or empty.
    func deltaOfAdding(_ epsilon: Double) -> Double {
        let weight = Double.expMinusOne(-epsilon) + rate
        guard weight > 0 else { return 0 }
        let x = threshold(Double.log(weight))
        return difference(
            epsilon + Double.log(weight) + logNormalCDF(x / noiseMultiplier),
            epsilon + Double.log(rate) + logNormalCDF((x - 1) / noiseMultiplier))
    }

    /// The output at which q·N(1)/N(0) is e^`logWeight`.
    private func threshold(_ logWeight: Double) -> Double {
        noiseMultiplier * noiseMultiplier * (logWeight - Double.log(rate)) + 0.5
    }

    /// e^a − e^b for a ≥ b.
    private func difference(_ a: Double, _ b: Double) -> Double {
        a == -.infinity ? 0 : max(0, -Double.exp(a) * Double.expMinusOne(b - a))
    }
}

/// The smallest ε whose δ is at most `delta`, for a δ that falls with ε; the upper end of the last bracket.
func smallestEpsilon(delta: Double, _ deltaAt: (Double) -> Double) -> Double {
    if deltaAt(0) <= delta { return 0 }
    var (lower, upper) = (0.0, 1.0)
    while deltaAt(upper) > delta {
        (lower, upper) = (upper, 2 * upper)
        if upper == .infinity { return upper }
    }
    for _ in 0..<200 {
        let middle = (lower + upper) / 2
        if middle == lower || middle == upper { break }
        if deltaAt(middle) > delta { lower = middle } else { upper = middle }
    }
    return upper
}
