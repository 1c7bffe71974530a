import RealModule

// Functions of the normal and the beta distribution, in order of increasing complexity.

/// Returns the standard normal distribution function Φ(x), relatively accurate down to −37 standard deviations.
public func normalCDF(_ x: Double) -> Double { Double.erfc(-x * 0.5.squareRoot()) / 2 }

/// Returns ln Φ(x) without underflow, for every finite `x`.
///
/// - Complexity: O(1)
public func logNormalCDF(_ x: Double) -> Double {
    if x > 0 { return Double.log(onePlus: -normalCDF(-x)) }
    if x > -20 { return Double.log(normalCDF(x)) }
    if x == -.infinity { return -.infinity }
    return logNormalDensity(x) + Double.log(farMillsRatio(-x))
}

/// Returns the logarithm of the standard normal density at `x`, in nats.
public func logNormalDensity(_ x: Double) -> Double { -(x * x + Double.log(2 * .pi)) / 2 }

/// Returns Φ(−t)/φ(t) for `t` ≥ 20 by Laplace's continued fraction, where 24 levels leave no error in a `Double`.
private func farMillsRatio(_ t: Double) -> Double {
    var denominator = t
    for level in (1...24).reversed() { denominator = t + Double(level) / denominator }
    return 1 / denominator
}

/// Returns x with Φ(x) = `probability`; minus infinity at 0 and infinity at 1.
///
/// - Precondition: `probability` lies in [0, 1].
/// - Source: Wichura 1988, algorithm AS 241 (PPND16), about sixteen digits.
public func normalQuantile(_ probability: Double) -> Double {
    precondition(probability >= 0 && probability <= 1, "normalQuantile: probability \(probability) outside [0, 1]")
    if probability == 0 { return -.infinity }
    if probability == 1 { return .infinity }
    let centered = probability - 0.5
    if abs(centered) <= 0.425 {
        let r = 0.180625 - centered * centered
        return centered * polynomial(centreNumerator, r) / polynomial(centreDenominator, r)
    }
    let r = (-Double.log(min(probability, 1 - probability))).squareRoot()
    let size =
        r <= 5
        ? polynomial(shoulderNumerator, r - 1.6) / polynomial(shoulderDenominator, r - 1.6)
        : polynomial(tailNumerator, r - 5) / polynomial(tailDenominator, r - 5)
    return centered < 0 ? -size : size
}

/// The polynomial of these coefficients, the constant first.
func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
    coefficients.reversed().reduce(0) { $0 * x + $1 }
}

private let centreNumerator = [
    3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
    45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
]
private let centreDenominator = [
    1, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
    21213.794301586595867, 39307.895800092710610, 28729.085735721942674, 5226.4952788528545610,
]
private let shoulderNumerator = [
    1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
    1.27045825245236838258, 0.241780725177450611770, 0.0227238449892691845833, 7.74545014278341407640e-4,
]
private let shoulderDenominator = [
    1, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550,
    0.148103976427480074590, 0.0151986665636164571966, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
]
private let tailNumerator = [
    6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 0.296560571828504891230,
    0.0265321895265761230930, 0.00124266094738807843860, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
]
private let tailDenominator = [
    1, 0.599832206555887937690, 0.136929880922735805310, 0.0148753612908506148525,
    7.868691311456132591e-4, 1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
]

/// Returns the logarithm of the binomial coefficient "n choose k", in nats.
///
/// - Precondition: 0 ≤ k ≤ n.
public func logBinomialCoefficient(_ n: Int, _ k: Int) -> Double {
    precondition(k >= 0 && k <= n, "logBinomialCoefficient: \(k) of \(n)")
    return Double.logGamma(Double(n) + 1) - Double.logGamma(Double(k) + 1) - Double.logGamma(Double(n - k) + 1)
}

/// Returns the regularised incomplete beta function I_x(a, b), the beta distribution function.
///
/// - Precondition: x in [0, 1], a > 0 and b > 0.
/// - Complexity: O(√max(a, b)) terms of the continued fraction.
public func regularizedIncompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    precondition(x >= 0 && x <= 1 && a > 0 && b > 0, "regularizedIncompleteBeta: x \(x), a \(a), b \(b)")
    if x == 0 || x == 1 { return x }
    // The fraction converges fast below the mean; above it, the mirrored one does.
    let isMirrored = x > (a + 1) / (a + b + 2)
    let front = Double.exp(
        a * Double.log(x) + b * Double.log(onePlus: -x) - Double.logGamma(a) - Double.logGamma(b)
            + Double.logGamma(a + b))
    return isMirrored ? 1 - front * betaFraction(1 - x, b, a) / b : front * betaFraction(x, a, b) / a
}

/// Lentz's evaluation of the continued fraction of the incomplete beta function.
private func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let floor = 1e-300
    func guarded(_ value: Double) -> Double { abs(value) < floor ? floor : value }
    var (c, d) = (1.0, 1 / guarded(1 - (a + b) * x / (a + 1)))
    var value = d
    for step in 1...200_000 {
        let m = Double(step)
        let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / guarded(1 + even * d)
        c = guarded(1 + even / c)
        value *= d * c
        let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / guarded(1 + odd * d)
        c = guarded(1 + odd / c)
        value *= d * c
        if abs(d * c - 1) < 1e-15 { break }
    }
    return value
}

/// Returns x with I_x(a, b) = `probability`, the quantile of the beta distribution.
///
/// - Precondition: `probability` in [0, 1], a > 0 and b > 0.
/// - Complexity: about ten evaluations of ``regularizedIncompleteBeta(_:_:_:)``, Newton steps in a shrinking bracket.
public func inverseRegularizedIncompleteBeta(_ probability: Double, _ a: Double, _ b: Double) -> Double {
    precondition(probability >= 0 && probability <= 1, "inverse beta: probability \(probability) outside [0, 1]")
    if probability == 0 || probability == 1 { return probability }
    let logNorm = Double.logGamma(a + b) - Double.logGamma(a) - Double.logGamma(b)
    var (lower, upper, x) = (0.0, 1.0, a / (a + b))
    for _ in 0..<400 {
        let excess = regularizedIncompleteBeta(x, a, b) - probability
        if excess == 0 { return x }
        if excess > 0 { upper = x } else { lower = x }
        let density = Double.exp(logNorm + (a - 1) * Double.log(x) + (b - 1) * Double.log(onePlus: -x))
        let newton = x - excess / density
        let next = newton > lower && newton < upper ? newton : (lower + upper) / 2
        if abs(next - x) <= 1e-15 * x || next == lower || next == upper { return next }
        x = next
    }
    return x
}
