import RealModule
import Statistics

/// Two distributions P and Q that are at least as easy to tell apart as a mechanism's outputs on any two neighbours.
///
/// What matters is the privacy loss ln dP/dQ of an output drawn from P. Outputs are numbered by a real coordinate in
/// which the loss never falls: multiples of the noise's standard deviation for Gaussians, the loss itself for Laplace.
///
/// - Source: Zhu, Dong and Wang 2022, <https://arxiv.org/abs/2106.08567>, for pairs that survive composition and for
///   the sampled pairs of add-or-remove; Lebeda, Regehr, Kamath and Steinke 2024, <https://arxiv.org/abs/2405.20769>,
///   for replace-one under Poisson sampling.
enum DominatingPair: Hashable, Sendable {
    /// P = (1−q)·N(0, σ²) + q·N(1, σ²), Q = N(0, σ²).
    case removing(rate: Double, noiseMultiplier: Double)
    /// P = N(0, σ²), Q = (1−q)·N(0, σ²) + q·N(1, σ²).
    case adding(rate: Double, noiseMultiplier: Double)
    /// P = (1−q)·N(0, σ²) + q·N(1, σ²), Q = (1−q)·N(0, σ²) + q·N(−1, σ²); its mirror image is its reverse.
    case replacing(rate: Double, noiseMultiplier: Double)
    /// P = Lap(0, b), Q = Lap(1, b).
    case laplace(scale: Double)

    /// Densities at an output: of P, and of P − e^ε·Q for the ε that was asked for.
    struct Density {
        var mass: Double
        var excess: Double
    }

    /// A loss that has a positive probability.
    struct Atom {
        var loss: Double
        var mass: Double
    }

    /// ln(dP/dQ) at a coordinate.
    func loss(at v: Double) -> Double {
        switch self {
        case .removing(let rate, let sigma): Self.logRatio((v - 0.5 / sigma) / sigma, rate)
        case .adding(let rate, let sigma): -Self.logRatio((-v - 0.5 / sigma) / sigma, rate)
        case .replacing(let rate, let sigma):
            Self.logRatio((v - 0.5 / sigma) / sigma, rate) - Self.logRatio((-v - 0.5 / sigma) / sigma, rate)
        case .laplace: v
        }
    }

    /// The coordinate with a loss; −∞ below all losses and ∞ above.
    func position(of loss: Double) -> Double {
        switch self {
        case .removing(let rate, let sigma): sigma * Self.logOdds(loss, rate) + 0.5 / sigma
        case .adding(let rate, let sigma): -(sigma * Self.logOdds(-loss, rate) + 0.5 / sigma)
        case .replacing(let rate, let sigma): sigma * (loss / 2 + Self.excessOfReplacing(loss, rate, sigma))
        case .laplace(let scale): abs(loss) > 1 / scale ? (loss > 0 ? .infinity : -.infinity) : loss
        }
    }

    /// The densities of P and of P − e^ε·Q per unit of the coordinate, at or above the coordinate `edge` of the loss ε.
    ///
    /// The excess is a product of factors without cancellation, so that a loss of 1e−12 keeps its digits.
    func density(at v: Double, aboveLoss epsilon: Double, edge: Double) -> Density {
        switch self {
        case .removing(let rate, let sigma):
            let (idle, shifted) = ((1 - rate) * Self.normal(v), rate * Self.normal(v - 1 / sigma))
            let excess =
                edge == -.infinity
                ? shifted - (Double.expMinusOne(epsilon) + rate) * Self.normal(v)
                : -shifted * Double.expMinusOne((edge - v) / sigma)
            return Density(mass: idle + shifted, excess: excess)
        case .adding(let rate, let sigma):
            let mass = Self.normal(v)
            let share = -Double.expMinusOne(epsilon + Double.log(onePlus: -rate))
            return Density(mass: mass, excess: -mass * share * Double.expMinusOne((edge - v) / sigma))
        case .replacing(let rate, let sigma):
            let mass = (1 - rate) * Self.normal(v) + rate * Self.normal(v - 1 / sigma)
            return Density(mass: mass, excess: -mass * Double.expMinusOne(epsilon - loss(at: v)))
        case .laplace(let scale):
            let mass = Double.exp((v - 1 / scale) / 2) / 4
            return Density(mass: mass, excess: -mass * Double.expMinusOne(epsilon - v))
        }
    }

    /// Losses with a positive probability, in rising order.
    var atoms: [Atom] {
        guard case .laplace(let scale) = self else { return [] }
        return [
            Atom(loss: -1 / scale, mass: Double.exp(-1 / scale) / 2), Atom(loss: 1 / scale, mass: 0.5),
        ]
    }

    /// The largest loss that is possible, which is infinite for most.
    var largestLoss: Double {
        switch self {
        case .adding(let rate, _): -Double.log(onePlus: -rate)
        case .laplace(let scale): 1 / scale
        case .removing, .replacing: .infinity
        }
    }

    /// How wide an interval about `v` may be for the quadrature's thirteen digits.
    func panelWidth(at v: Double) -> Double {
        switch self {
        case .removing(_, let sigma), .adding(_, let sigma), .replacing(_, let sigma): 0.5 / (abs(v) + 1 / sigma + 1)
        case .laplace: 0.5
        }
    }

    /// The probability under P of all outputs above a coordinate.
    func mass(above v: Double) -> Double {
        switch self {
        case .removing(let rate, let sigma), .replacing(let rate, let sigma):
            (1 - rate) * normalCDF(-v) + rate * normalCDF(1 / sigma - v)
        case .adding: normalCDF(-v)
        case .laplace(let scale):
            v >= 1 / scale ? 0 : 0.5 - Double.expMinusOne((max(v, -1 / scale) - 1 / scale) / 2) / 2
        }
    }

    /// The probability under P of all outputs below a coordinate.
    func mass(below v: Double) -> Double {
        switch self {
        case .removing(let rate, let sigma), .replacing(let rate, let sigma):
            (1 - rate) * normalCDF(v) + rate * normalCDF(v - 1 / sigma)
        case .adding: normalCDF(v)
        case .laplace(let scale): v <= -1 / scale ? 0 : 1 - mass(above: v)
        }
    }

    /// The coordinates outside of which P has at most its tails' probabilities.
    func range(_ tails: LossTails) -> ClosedRange<Double> {
        if case .laplace(let scale) = self { return -1 / scale...1 / scale }
        let lower = -Self.tail(tails.low) { mass(below: -$0) }
        return lower...max(lower, Self.tail(tails.high, mass(above:)))
    }

    /// A coordinate above which a falling function is at most `mass`, to a hundredth.
    private static func tail(_ mass: Double, _ above: (Double) -> Double) -> Double {
        var (lower, upper) = (-40.0, 40.0)
        while above(upper) > mass { (lower, upper) = (upper, 2 * upper) }
        while above(lower) < mass, lower > -1e6 { (lower, upper) = (2 * lower, lower) }
        while upper - lower > 0.01 {
            let middle = (lower + upper) / 2
            if above(middle) > mass { lower = middle } else { upper = middle }
        }
        return upper
    }

    /// The standard normal density.
    private static func normal(_ v: Double) -> Double { 0.3989422804014327 * Double.exp(-v * v / 2) }

    /// ln(1 − q + q·e^a) without overflow, relatively accurate for small losses.
    private static func logRatio(_ a: Double, _ rate: Double) -> Double {
        a > 30 ? a + Double.log(rate + (1 - rate) * Double.exp(-a)) : Double.log(onePlus: rate * Double.expMinusOne(a))
    }

    /// ln((e^ε − 1 + q)/q): which ratio N(1)/N(0) gives the sampled pair's loss ε; −∞ where there is none.
    private static func logOdds(_ epsilon: Double, _ rate: Double) -> Double {
        if epsilon > 600 { return epsilon + Double.log(onePlus: (rate - 1) * Double.exp(-epsilon)) - Double.log(rate) }
        let ratio = Double.expMinusOne(epsilon) / rate
        return ratio > -1 ? Double.log(onePlus: ratio) : -.infinity
    }

    /// asinh((1−q)·sinh(ε/2)·e^(1/(2σ²))/q), from solving e^ε = ratio for the output, a quadratic equation.
    private static func excessOfReplacing(_ epsilon: Double, _ rate: Double, _ sigma: Double) -> Double {
        if rate == 1 || epsilon == 0 { return 0 }
        let size = abs(epsilon) / 2
        let logSinh = size > 20 ? size - Double.log(2) : Double.log(Double.sinh(size))
        let logArgument = Double.log(onePlus: -rate) - Double.log(rate) + 0.5 / sigma / sigma + logSinh
        let magnitude = logArgument > 20 ? logArgument + Double.log(2) : Double.asinh(Double.exp(logArgument))
        return epsilon < 0 ? -magnitude : magnitude
    }
}

/// The probabilities that may be cut off at both ends of a pair's losses.
struct LossTails {
    /// Of the least losses.
    var low: Double
    /// Of the greatest losses.
    var high: Double
}
