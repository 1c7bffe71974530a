import RealModule

/// Where a sum of privacy losses decides δ: a tilt t, the ε at which the tilted mean lies, and the spread about it.
///
/// It serves to place the window of ``ComposedPrivacyLoss`` and is no bound.
///
/// - Source: Alghamdi and others 2023, <https://arxiv.org/abs/2208.09595>.
struct SaddlePoint {
    /// The tilt t, above 0.
    let tilt: Double
    /// The tilted mean K′(t), an approximation of ε.
    let epsilon: Double
    /// The square root of the tilted variance K″(t).
    let spread: Double
    private let samples: [(Samples, count: Int)]
    private let logDelta: Double

    /// Finds the t at which e^(K − tK′)/(t(t+1)√(2πK″)) is δ.
    ///
    /// - Parameters:
    ///   - pairs: The pairs that are composed, with their counts.
    ///   - delta: The δ.
    ///   - tails: The probabilities that the lattice will cut off at both ends of a pair's losses.
    /// - Complexity: some fifty sums over a few hundred outputs per pair.
    init(_ pairs: [(pair: DominatingPair, count: Int)], delta: Double, tails: LossTails) {
        let samples = pairs.map { (Samples($0.pair, tails), count: $0.count) }
        let logDelta = Double.log(delta)
        func surplus(_ t: Double) -> Double {
            let at = Self.cumulants(samples, t)
            let spreadTerm = Double.log(t * (t + 1)) + 0.5 * Double.log(2 * .pi * max(at.variance, 1e-300))
            // For tiny t·s the formula's 1/(ts) stands for a probability, which is at most 1.
            return at.value - t * at.mean - max(spreadTerm, 0) - logDelta
        }
        // Logarithmic bisection: the surplus falls with t.
        var (lower, upper) = (Double.log(1e-3), Double.log(1e-3))
        while upper < 20, surplus(Double.exp(upper)) > 0 { (lower, upper) = (upper, upper + 1) }
        for _ in 0..<10 where upper > lower {
            let middle = (lower + upper) / 2
            if surplus(Double.exp(middle)) > 0 { lower = middle } else { upper = middle }
        }
        tilt = Double.exp(upper)
        let at = Self.cumulants(samples, tilt)
        (epsilon, spread) = (at.mean, at.variance.squareRoot())
        (self.samples, self.logDelta) = (samples, logDelta)
    }

    private static func cumulants(_ samples: [(Samples, count: Int)], _ t: Double) -> Cumulants {
        samples.reduce(Cumulants(value: 0, mean: 0, variance: 0)) { sum, entry in
            sum.adding(Cumulants(losses: entry.0.losses, masses: entry.0.masses, at: t), times: entry.count)
        }
    }

    /// Returns a window about ε outside of which the losses' share in δ is small.
    ///
    /// - Parameter share: The share of δ that may be lost beyond each end.
    /// - Returns: The window, and the exponents that prove it by Chernoff's bound.
    /// - Complexity: some thirty sums over the samples.
    func window(share: Double) -> LossWindow {
        let at = Self.cumulants(samples, tilt)
        let logScale = at.value - tilt * epsilon + LossWindow.logLargestWeight(tilt)
        let logShare = min(-1, Double.log(share) + logDelta - logScale)
        func best(_ sign: Double) -> (end: Double, exponent: Double) {
            var best = (end: sign * Double.infinity, exponent: tilt)
            // Exponents about the one that is best for a normal distribution.
            let centre = (-2 * logShare).squareRoot() / max(spread, 1e-300)
            for power in -8...3 {
                let u = sign * centre * Double.pow(2, Double(power) / 2)
                let end = (Self.cumulants(samples, tilt + u).value - at.value - logShare) / u
                if sign * (best.end - end) > 0 { best = (end, tilt + u) }
            }
            return best
        }
        let (high, low) = (best(1), best(-1))
        // What wraps around from below comes down by e^(−t·length), so that a long window may start just below ε.
        let length = (3 - Double.log(share) - logDelta) / tilt
        let start = min(epsilon - 3 * spread, high.end - length)
        return LossWindow(
            start: max(start, min(low.end, epsilon - 3 * spread)), end: high.end, lowExponent: low.exponent,
            highExponent: high.exponent)
    }
}

/// The losses that a Fourier transform spans, and the exponents with which Chernoff bounds what lies outside.
struct LossWindow {
    /// The least loss.
    var start: Double
    /// Where the losses end.
    var end: Double
    /// The exponent for losses below, less than the tilt.
    var lowExponent: Double
    /// The exponent for losses above, more than the tilt.
    var highExponent: Double

    /// ln of the largest value of e^(−ty)·(1 − e^(−y)) for y > 0: what a tilted mass can at most contribute to δ.
    static func logLargestWeight(_ tilt: Double) -> Double {
        tilt == 0 ? 0 : -tilt * Double.log(onePlus: 1 / tilt) - Double.log(onePlus: tilt)
    }
}

/// Losses and masses of a pair at evenly spaced outputs.
private struct Samples {
    var losses: [Double] = []
    var masses: [Double] = []

    init(_ pair: DominatingPair, _ tails: LossTails) {
        let range = pair.range(tails)
        let width = range.upperBound - range.lowerBound
        let count = min(2000, max(100, Int(width / min(0.1, pair.panelWidth(at: 0)))))
        let step = width / Double(count)
        for index in 0..<count {
            let v = range.lowerBound + (Double(index) + 0.5) * step
            losses.append(pair.loss(at: v))
            masses.append(step * pair.density(at: v, aboveLoss: 0, edge: pair.position(of: 0)).mass)
        }
        for atom in pair.atoms {
            losses.append(atom.loss)
            masses.append(atom.mass)
        }
    }
}
