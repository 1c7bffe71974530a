import Foundation

/// A clipping norm that follows a quantile of the gradients' norms, by a count that is released with noise.
///
/// - Source: Andrew, Thakkar, McMahan and Ramaswamy, "Differentially private learning with adaptive clipping", NeurIPS
///   2021.
/// - Deviation: the count is divided by the expected batch size, since a Poisson batch's own is private.
public struct QuantileClipping: Codable, Sendable, Equatable {
    /// The norm C to begin with, and then the present one; positive.
    public var norm: Double
    /// The share γ of units whose gradients are to be shorter than the norm, in (0, 1).
    public var quantile: Double
    /// The step η of ln C, positive.
    public var rate: Double
    /// The deviation σ_b of the noise on the count, in units; it must exceed half the total noise multiplier.
    public var countDeviation: Double

    /// Creates settings; the paper's deviation is a twentieth of the batch.
    public init(norm: Double, quantile: Double = 0.5, rate: Double = 0.2, countDeviation: Double) {
        precondition(norm > 0 && norm.isFinite, "a clipping norm of \(norm)")
        precondition(quantile > 0 && quantile < 1, "a quantile of \(quantile)")
        precondition(rate > 0 && countDeviation > 0, "a rate of \(rate), noise of \(countDeviation) on the count")
        (self.norm, self.quantile, self.rate, self.countDeviation) = (norm, quantile, rate, countDeviation)
    }

    /// The gradient's noise multiplier that leaves `total` for gradient and count together, (σ⁻² − (2σ_b)⁻²)^(−½).
    ///
    /// - Returns: `nil` when the count alone gives away more than the total allows.
    public func gradientMultiplier(total: Double) -> Double? {
        // Each unit adds ±½ to the centred count, so that its noise multiplier is 2σ_b.
        let rest = 1 / (total * total) - 1 / (4 * countDeviation * countDeviation)
        return rest > 0 ? 1 / rest.squareRoot() : nil
    }

    /// C·exp(−η(b̃ − γ)) for the noisy Σᵢ(bᵢ − ½), where bᵢ says whether unit i was shorter than C.
    func updated(noisyCount: Double, expectedBatch: Double) -> Double {
        let share = noisyCount / expectedBatch + 0.5
        // Wide bounds: noise alone cannot carry the norm to zero or infinity.
        return min(max(norm * exp(-rate * (share - quantile)), 1e-12), 1e12)
    }
}
