import CVec

// Polynomials after Cephes (S. Moshier), evaluated on sixteen lanes. Relative errors below 3e-7 unless said otherwise.

/// eˣ, clamped to the finite range of normal floats.
@inline(__always)
func exp(_ x: Vector) -> Vector {
    let bounded = clamp(x, -87, 88)
    // Adding 1.5·2²³ rounds to an integer, which then sits in the low bits.
    let magic = Vector(repeating: 12582912)
    let shifted = fma(bounded, Vector(repeating: 1.44269504), magic)
    let n = shifted - magic
    var r = fma(n, Vector(repeating: -0.693359375), bounded)
    r = fma(n, Vector(repeating: 2.12194440e-4), r)
    var p = fma(r, Vector(repeating: 1.9875691500e-4), Vector(repeating: 1.3981999507e-3))
    p = fma(p, r, Vector(repeating: 8.3334519073e-3))
    p = fma(p, r, Vector(repeating: 4.1665795894e-2))
    p = fma(p, r, Vector(repeating: 1.6666665459e-1))
    p = fma(p, r, Vector(repeating: 5.0000001201e-1))
    p = fma(p, r * r, r) + 1
    let bits = unsafe unsafeBitCast(shifted, to: SIMD16<Int32>.self) &- 0x4b40_0000
    let power = (bits &+ 127) &<< 23
    return unsafe p * unsafeBitCast(power, to: Vector.self)
}

/// ln x for positive normal x.
@inline(__always)
func log(_ x: Vector) -> Vector {
    let bits = unsafe unsafeBitCast(x, to: SIMD16<Int32>.self)
    // The mantissa in [√½, √2) and the exponent that goes with it.
    let offset = bits &- 0x3f35_04f3
    let exponent = offset &>> 23
    let mantissa = (offset & 0x007f_ffff) &+ 0x3f35_04f3
    let m = unsafe unsafeBitCast(mantissa, to: Vector.self) - 1
    let e = vec_float(exponent)
    var p = fma(m, Vector(repeating: 7.0376836292e-2), Vector(repeating: -1.1514610310e-1))
    p = fma(p, m, Vector(repeating: 1.1676998740e-1))
    p = fma(p, m, Vector(repeating: -1.2420140846e-1))
    p = fma(p, m, Vector(repeating: 1.4249322787e-1))
    p = fma(p, m, Vector(repeating: -1.6668057665e-1))
    p = fma(p, m, Vector(repeating: 2.0000714765e-1))
    p = fma(p, m, Vector(repeating: -2.4999993993e-1))
    p = fma(p, m, Vector(repeating: 3.3333331174e-1))
    let square = m * m
    var y = p * m * square
    y = fma(e, Vector(repeating: -2.12194440e-4), y)
    y = fma(square, Vector(repeating: -0.5), y)
    return fma(e, Vector(repeating: 0.693359375), m + y)
}

/// tanh x: a polynomial near zero, 1 − 2/(e²ˣ + 1) beyond.
@inline(__always)
func tanh(_ x: Vector) -> Vector {
    let square = x * x
    var p = fma(square, Vector(repeating: -5.70498872745e-3), Vector(repeating: 2.06390887954e-2))
    p = fma(p, square, Vector(repeating: -5.37397155531e-2))
    p = fma(p, square, Vector(repeating: 1.33314422036e-1))
    p = fma(p, square, Vector(repeating: -3.33332819422e-1))
    let near = fma(p * square, x, x)
    let far = 1 - 2 / (exp(x + x) + 1)
    return far.replacing(with: near, where: square .< 0.390625)
}

/// 1/(1 + e⁻ˣ).
@inline(__always)
func sigmoid(_ x: Vector) -> Vector { 1 / (1 + exp(-x)) }

/// ln(1 + eˣ) without overflow: max(x, 0) + ln(1 + e^−|x|).
@inline(__always)
func softplus(_ x: Vector) -> Vector { x.replacing(with: Vector(repeating: 0), where: x .< 0) + softplusRest(x) }

/// ln(1 + e^−|x|), what softplus x exceeds max(x, 0) by, with the relative precision of `log` however small it is.
@inline(__always)
func softplusRest(_ x: Vector) -> Vector {
    let u = exp(-x.replacing(with: -x, where: x .< 0))
    let rounded = 1 + u
    // First order in what rounding took from u.
    return log(rounded) + (u - (rounded - 1)) / rounded
}

/// The error function, after Abramowitz and Stegun 7.1.26; absolute error below 2e-7.
@inline(__always)
func erf(_ x: Vector) -> Vector {
    let magnitude = x.replacing(with: -x, where: x .< 0)
    let t = 1 / fma(magnitude, Vector(repeating: 0.3275911), Vector(repeating: 1))
    var p = fma(t, Vector(repeating: 1.061405429), Vector(repeating: -1.453152027))
    p = fma(p, t, Vector(repeating: 1.421413741))
    p = fma(p, t, Vector(repeating: -0.284496736))
    p = fma(p, t, Vector(repeating: 0.254829592))
    let positive = 1 - p * t * exp(-(magnitude * magnitude))
    return positive.replacing(with: -positive, where: x .< 0)
}

/// sin and cos of 2π·turns for turns in [0, 1).
@inline(__always)
func sineAndCosine(turns: Vector) -> (Vector, Vector) {
    let quarter = vec_integer(turns * 4)  // truncation is floor here
    let angle = fma(turns, Vector(repeating: 4), -vec_float(quarter)) * 1.57079633 - 0.78539816
    let square = angle * angle
    var s = fma(square, Vector(repeating: 2.7525562e-6), Vector(repeating: -1.9840874e-4))
    s = fma(s, square, Vector(repeating: 8.3333310e-3))
    s = fma(s, square, Vector(repeating: -1.6666667e-1))
    s = fma(s * square, angle, angle)
    var c = fma(square, Vector(repeating: 2.4433157e-5), Vector(repeating: -1.3887316e-3))
    c = fma(c, square, Vector(repeating: 4.1666646e-2))
    c = fma(c, square * square, fma(square, Vector(repeating: -0.5), Vector(repeating: 1)))
    // The angle lies an eighth of a turn before the middle of its quarter: turn by 45° + 90°·quarter.
    let half = Vector(repeating: 0.70710678)
    let (c0, s0) = unsafe (
        unsafeBitCast((c - s) * half, to: SIMD16<Int32>.self), unsafeBitCast((c + s) * half, to: SIMD16<Int32>.self)
    )
    // In odd quarters sine and cosine change places, in every second and third a sign: bit by bit, since comparisons of
    // integers go lane by lane.
    let (odd, sine) = (0 &- (quarter & 1), (quarter & 2) &<< 30)
    let cosine = sine ^ (quarter &<< 31)
    let (s1, c1) = ((s0 & ~odd | c0 & odd) ^ sine, (c0 & ~odd | s0 & odd) ^ cosine)
    return unsafe (unsafeBitCast(s1, to: Vector.self), unsafeBitCast(c1, to: Vector.self))
}
