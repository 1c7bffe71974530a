import RealModule

/// How the number of runs is drawn of which only the best is released.
///
/// A fixed number of runs would be composition; a random one costs less, because nobody can tell how often was tried.
///
/// - Source: Liu and Talwar 2019, <https://arxiv.org/abs/1811.07971>; Papernot and Steinke 2022,
///   <https://arxiv.org/abs/2110.03620>.
public enum TrialCount: Codable, Sendable, Hashable {
    /// A truncated negative binomial: shape 1 is geometric and shape 0 logarithmic; shapes below 0 have heavier tails.
    ///
    /// The shape is above −1 and the stop probability in (0, 1).
    case negativeBinomial(shape: Double, stop: Double)
    /// A Poisson distribution with a mean above 0; at 0 runs nothing is released.
    case poisson(mean: Double)

    /// The geometric distribution with a mean of at least 1.
    public static func geometric(mean: Double) -> TrialCount { .negativeBinomial(shape: 1, stop: 1 / mean) }

    /// The expected number of runs.
    public var mean: Double {
        switch self {
        case .poisson(let mean): mean
        case .negativeBinomial(0, let stop): (1 / stop - 1) / -Double.log(stop)
        case .negativeBinomial(let shape, let stop):
            shape * (1 - stop) / (stop * -Double.expMinusOne(shape * Double.log(stop)))
        }
    }

    func check() throws(AccountingError) {
        switch self {
        case .poisson(let mean): guard mean > 0, mean.isFinite else { throw .trials(mean) }
        case .negativeBinomial(let shape, let stop):
            guard shape > -1, shape.isFinite, stop > 0, stop < 1 else { throw .trials(stop > 0 ? 1 / stop : stop) }
        }
    }

    /// Returns the Rényi divergences of the selection from those of one run, order by order; infinite where none is known.
    ///
    /// - Complexity: O(orders²)
    /// - Source: Papernot and Steinke 2022, theorem 2 for the negative binomial and theorem 6 for Poisson.
    func divergences(ofRun run: [Double], orders: [Double]) -> [Double] {
        zip(orders, run).map { order, divergence in
            switch self {
            case .negativeBinomial(let shape, let stop):
                let price = zip(orders, run).map { other, ofOther in
                    (1 + shape) * ((1 - 1 / other) * ofOther - Double.log(stop) / other)
                }
                return divergence + price.reduce(.infinity, min) + Double.log(mean) / (order - 1)
            case .poisson(let mean):
                // Any ε̂ with e^ε̂ ≤ 1 + 1/(λ − 1) will do; the largest has the smallest δ̂.
                let epsilon = Double.log(onePlus: 1 / (order - 1))
                let logDelta = zip(orders, run).map { other, ofOther in
                    (other - 1) * (ofOther + Double.log(onePlus: -1 / other) - epsilon) - Double.log(other)
                }
                let delta = Double.exp(min(0, logDelta.reduce(.infinity, min)))
                return divergence + mean * delta + Double.log(mean) / (order - 1)
            }
        }
    }
}
