import RealModule

/// The distribution of a sum of independent privacy losses, where it decides δ at a given ε.
///
/// Masses are tilted: that of the loss l is multiplied by e^(tl) before the Fourier transform and by e^(−tl) after it. With
/// a t that puts the tilted mean near ε, the transform's rounding error is small against δ itself, however small that is,
/// and the transform needs to span a few standard deviations about ε only. What it leaves out is bounded by Chernoff.
///
/// - Source: Koskela, Jälkö and Honkela 2020, <https://arxiv.org/abs/1906.03049>, for the Fourier transform; Alghamdi and
///   others 2023, <https://arxiv.org/abs/2208.09595>, for the tilt.
/// - Complexity: two real Fourier transforms of `count` numbers, per distinct part one more.
struct ComposedPrivacyLoss {
    /// A distribution and how often it is added.
    struct Part {
        var distribution: PrivacyLossDistribution
        var count: Int
    }

    private let spacing: Double
    private let tilt: Double
    /// The logarithm of the untilted moment E[e^(tS)].
    private let logMoment: Double
    /// The loss of the first mass.
    private let start: Double
    /// Masses times e^(ta), where a is the window's start; losses beyond the window were added to those inside.
    private let weighted: [Double]
    /// The probability of an infinite loss.
    private let infinite: Double
    /// ln of a bound on the tilted probability below the window, and at or above its end.
    private let logTails: (below: Double, above: Double)
    /// A bound on the tilted masses' numerical error, times the largest weight's share.
    private let noise: Double
    /// A bound on the relative error of the masses that were composed.
    private let drift: Double

    /// Composes parts on one lattice.
    ///
    /// - Parameters:
    ///   - parts: At least one, all with the same spacing.
    ///   - tilt: The t, not negative.
    ///   - window: The losses that matter; it is prolonged at its end.
    ///   - count: How many lattice points there are, a power of two.
    init?(_ parts: [Part], tilt: Double, window: LossWindow, count: Int) {
        spacing = parts[0].distribution.spacing
        self.tilt = tilt
        let steps = parts.reduce(0.0) { $0 + Double($1.count) }
        let transform = RealFourierTransform(count: count)
        let cumulants = parts.map { Cumulants($0.distribution, at: tilt) }
        var (total, shift, origin, logFinite) = (Cumulants(value: 0, mean: 0, variance: 0), 0.0, 0.0, 0.0)
        var spectra: [(values: [Double], count: Int)] = []
        for (part, cumulants) in zip(parts, cumulants) {
            guard cumulants.value.isFinite else { return nil }
            total = total.adding(cumulants, times: part.count)
            let tilted = TiltedDistribution(part.distribution, tilt: tilt, cumulants)
            shift += Double(part.count) * Double(tilted.centre)
            origin += Double(part.count) * part.distribution.origin
            logFinite += Double(part.count) * Double.log(onePlus: -part.distribution.infinite)
            spectra.append((transform.forward(tilted.folded(count)), part.count))
        }
        let wanted = ((window.start - origin) / spacing).rounded(.down)
        guard abs(shift) < 9e15, abs(wanted) < 9e15, total.value.isFinite else { return nil }
        let first = Int(wanted)
        start = origin + wanted * spacing
        logMoment = total.value
        infinite = -Double.expMinusOne(logFinite)
        // Masses so far are counted from `shift`; the window counts from `first`.
        let cyclic = transform.inverse(Self.product(spectra, count))
        let offset = (first - Int(shift)) % count + count
        let fall = Double(tilt) * spacing
        weighted = (0..<count).map { max(0, cyclic[($0 + offset) % count]) * Double.exp(-fall * Double($0)) }
        let norm = cyclic.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let logCount = Double.log(Double(count)) / Double.log(2)
        noise = 4 * Double.ulpOfOne * logCount * steps * Double(count).squareRoot() * norm
        drift = 1e-12 * steps
        let end = start + Double(count) * spacing
        logTails = (
            Self.logTail(parts, tilt, logMoment, window.lowExponent, end: start),
            Self.logTail(parts, tilt, logMoment, window.highExponent, end: end)
        )
    }

    /// The product of all spectra to their powers.
    private static func product(_ spectra: [(values: [Double], count: Int)], _ count: Int) -> [Double] {
        if spectra.count == 1, spectra[0].count == 1 { return spectra[0].values }
        var result = [Double](repeating: 0, count: count + 2)
        for k in 0...(count / 2) {
            var (logSize, angle) = (0.0, 0.0)
            for (values, power) in spectra {
                let (re, im) = (values[2 * k], values[2 * k + 1])
                logSize += Double(power) * 0.5 * Double.log(re * re + im * im)
                guard logSize > -80 else { break }
                angle += Double(power) * Double.atan2(y: im, x: re)
            }
            // What is smaller than e⁻⁸⁰ is far below the rounding error.
            guard logSize > -80 else { continue }
            let size = Double.exp(logSize)
            result[2 * k] = size * Double.cos(angle)
            result[2 * k + 1] = size * Double.sin(angle)
        }
        return result
    }

    /// ln of Chernoff's bound on the tilted probability of S ≥ `end`, or of S ≤ `end` for an exponent below the tilt.
    private static func logTail(_ parts: [Part], _ tilt: Double, _ logMoment: Double, _ t: Double, end: Double)
        -> Double
    {
        let bound = cumulants(of: parts, at: t).value - logMoment - (t - tilt) * end
        return bound < 0 ? bound : 0
    }

    /// Cumulants of the sum.
    private static func cumulants(of parts: [Part], at t: Double) -> Cumulants {
        parts.reduce(Cumulants(value: 0, mean: 0, variance: 0)) { sum, part in
            sum.adding(Cumulants(part.distribution, at: t), times: part.count)
        }
    }

    /// What masses outside the window and rounding may add to δ at ε, or take from it.
    private func error(_ rounding: PrivacyLossDistribution.Rounding, epsilon: Double) -> Double {
        let logScale = logMoment - tilt * epsilon + LossWindow.logLargestWeight(tilt)
        let rounded = noise * Double.exp(logScale)
        let end = start + Double(weighted.count) * spacing
        if rounding == .pessimistic { return rounded + Double.exp(logMoment - tilt * end + logTails.above) }
        let period = tilt * Double(weighted.count) * spacing
        let wrapped = period > 0 ? Double.exp(-period) / -Double.expMinusOne(-period) : .infinity
        return rounded + Double.exp(logScale + logTails.above) + min(Double.exp(logScale + logTails.below), wrapped)
    }

    /// Returns the smallest ε ≥ 0 at which δ, with all errors on the rounding's side, is at most `delta`.
    ///
    /// - Returns: The ε, infinite when the mass at infinity alone exceeds `delta`; nil when it lies outside the window.
    func epsilon(delta: Double, _ rounding: PrivacyLossDistribution.Rounding) -> Double? {
        let pessimistic = rounding == .pessimistic
        let rough = pessimistic ? delta * (1 - drift) - infinite : delta * (1 + drift)
        guard rough > 0 else { return .infinity }
        guard var epsilon = solve(rough) else { return nil }
        // Errors grow as ε falls, so two rounds settle on the safe side.
        for round in 0..<3 {
            let margin = error(rounding, epsilon: epsilon) * (pessimistic ? 1 : 1.05)
            let target = pessimistic ? rough - margin : rough + margin
            if target <= 0 { return nil }
            guard let next = solve(target) else { return pessimistic ? nil : max(0, start) }
            if pessimistic || error(rounding, epsilon: next) <= margin { return next }
            if round == 2 { return 0 }
            epsilon = next
        }
        return nil
    }

    /// Where the computed δ(ε) falls to `target`, at least 0; nil below the window.
    private func solve(_ target: Double) -> Double? {
        // Sums of e^(−t(l − a))·p and of e^(−(t+1)(l − a))·p over all l above the current one; a is the window's start.
        let scaled = Double.log(target) - logMoment + tilt * start
        guard scaled < 700 else { return nil }
        let goal = Double.exp(scaled)
        // δ(ε) = A − e^(ε−a)·B, where B is kept relative to the current loss so that nothing overflows.
        var (a, b) = (0.0, 0.0)
        let fall = Double.exp(-spacing)
        for index in weighted.indices.reversed() {
            let loss = start + Double(index) * spacing
            // δ at this loss, from the masses above it.
            let atLoss = a - b * fall
            if atLoss > goal || loss < 0 {
                // Between this loss and the next: a − e^(ε − loss − spacing)·b = goal.
                let ratio = (a - goal) / b
                let epsilon = ratio > 0 && b > 0 ? loss + spacing + Double.log(ratio) : loss
                return max(0, epsilon)
            }
            (a, b) = (a + weighted[index], b * fall + weighted[index])
        }
        return start <= 0 ? 0 : nil
    }
}

/// A distribution with masses multiplied by e^(tl) and scaled to sum to 1.
private struct TiltedDistribution {
    /// A lattice point near the tilted mean, from which the transform counts so that its phases stay small.
    let centre: Int
    private let lowest: Int
    private let masses: [Double]

    init(_ distribution: PrivacyLossDistribution, tilt: Double, _ cumulants: Cumulants) {
        centre = Int(((cumulants.mean - distribution.origin) / distribution.spacing).rounded())
        lowest = distribution.lowest
        masses = distribution.masses.indices.map { index in
            let mass = distribution.masses[index]
            return mass > 0 ? mass * Double.exp(tilt * distribution.loss(index) - cumulants.value) : 0
        }
    }

    /// The masses modulo `count`, the centre at 0.
    func folded(_ count: Int) -> [Double] {
        var result = [Double](repeating: 0, count: count)
        var place = (lowest - centre) % count
        if place < 0 { place += count }
        for mass in masses {
            result[place] += mass
            place = place + 1 == count ? 0 : place + 1
        }
        return result
    }
}
