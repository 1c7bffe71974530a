import RealModule

/// The distribution of a sum of squared standard normal numbers.
public struct ChiSquared: Sendable, Equatable {
    /// How many independent squares are summed, above 0; a fitted distribution may have a fraction.
    public let degreesOfFreedom: Double

    /// Creates the distribution.
    ///
    /// - Precondition: `degreesOfFreedom` > 0 and finite.
    public init(degreesOfFreedom: Double) {
        precondition(degreesOfFreedom > 0 && degreesOfFreedom.isFinite, "chi-squared: \(degreesOfFreedom) degrees")
        self.degreesOfFreedom = degreesOfFreedom
    }

    /// Returns Pr[X ≤ x], accurate when it is small.
    public func probability(atMost x: Double) -> Double { gammaTails(degreesOfFreedom / 2, x / 2).lower }

    /// Returns Pr[X ≥ x], accurate when it is small.
    public func probability(atLeast x: Double) -> Double { gammaTails(degreesOfFreedom / 2, x / 2).upper }

    /// Returns the probability of a value at least as far out as `x` on its side, doubled for the two sides.
    ///
    /// A value that is not a number is as far out as can be: 0.
    public func twoSidedPValue(_ x: Double) -> Double {
        if x.isNaN { return 0 }
        let tails = gammaTails(degreesOfFreedom / 2, x / 2)
        return min(1, 2 * min(tails.lower, tails.upper))
    }
}

/// The regularised incomplete gamma functions P(a, x) and Q(a, x), which add up to 1.
///
/// Below the mean the series of P converges fast, above it the continued fraction of Q; the other one is the rest.
///
/// - Complexity: O(√a) terms near the mean.
private func gammaTails(_ a: Double, _ x: Double) -> (lower: Double, upper: Double) {
    if x <= 0 { return (0, 1) }
    if x == .infinity { return (1, 0) }
    let front = Double.exp(a * Double.log(x) - x - Double.logGamma(a))
    if x < a + 1 {
        let lower = min(1, front * gammaSeries(a, x))
        return (lower, 1 - lower)
    }
    let upper = min(1, front * gammaFraction(a, x))
    return (1 - upper, upper)
}

/// Σ xⁿ / (a(a + 1)…(a + n)).
private func gammaSeries(_ a: Double, _ x: Double) -> Double {
    var term = 1 / a
    var sum = term
    for n in 1...10_000_000 {
        term *= x / (a + Double(n))
        sum += term
        if term < sum * 1e-17 { break }
    }
    return sum
}

/// Lentz's evaluation of the continued fraction of Q(a, x)·eˣ·x⁻ᵃ·Γ(a).
private func gammaFraction(_ a: Double, _ x: Double) -> Double {
    let floor = 1e-300
    func guarded(_ value: Double) -> Double { abs(value) < floor ? floor : value }
    var b = x + 1 - a
    var c = 1 / floor
    var d = 1 / guarded(b)
    var value = d
    for n in 1...10_000_000 {
        let numerator = -Double(n) * (Double(n) - a)
        b += 2
        d = 1 / guarded(numerator * d + b)
        c = guarded(b + numerator / c)
        value *= d * c
        if abs(d * c - 1) < 1e-15 { break }
    }
    return value
}
