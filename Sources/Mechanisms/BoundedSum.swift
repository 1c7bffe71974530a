public import Autograd
public import Tensors

/// A clipped sum of per-example gradients that leaves only through noise.
///
/// It cannot be copied, and `released` consumes it: there is no way to its value that does not add noise and hand out
/// the event to be accounted for.
public struct BoundedSum: ~Copyable {
    private var sum: Parameters
    /// The most that adding or removing one record can move the sum, in the Euclidean norm.
    public let sensitivity: Double

    /// Clips each example's gradient to the norm and adds them up.
    ///
    /// A gradient that is not finite counts as zero: it must not escape the bound.
    /// - Guarantee: ‖Σ − Σ′‖₂ ≤ `norm` for batches that differ in one record.
    /// - Source: Abadi et al. 2016; book-keeping after Bu et al. 2023.
    public init(clipping gradients: PerExampleGradients, to norm: Double) {
        precondition(norm > 0, "a clipping norm of \(norm)")
        let weights = gradients.norms().map { size -> Float in
            guard size.isFinite else { return 0 }
            return min(1, Float(norm) / max(size, .leastNormalMagnitude))
        }
        sum = BoundedSum.finiteSum(gradients, weights)
        sensitivity = norm
    }

    /// Σᵢ weightsᵢ·gᵢ over the examples whose weight is not zero: 0·∞ is not 0, so those of weight zero are left out.
    private static func finiteSum(_ gradients: PerExampleGradients, _ weights: [Float]) -> Parameters {
        guard weights.contains(0) else { return gradients.weightedSum(weights) }
        var sum = gradients.weightedSum([Float](repeating: 0, count: weights.count))
        sum.scale(by: 0)
        for (gradient, weight) in zip(gradients.explicit(), weights) where weight > 0 {
            for name in sum.names { sum.update(name) { $0.add(gradient[name], times: weight) } }
        }
        return sum
    }

    /// Adds the clipped sum of another part of the same logical batch; parts are disjoint in records.
    public mutating func merge(_ other: consuming BoundedSum) {
        precondition(other.sensitivity == sensitivity, "sums clipped to different norms")
        for name in other.sum.names {
            let part = other.sum[name]
            sum.update(name) { $0.add(part) }
        }
    }

    /// Adds a number to one element; see ``insert(canaryAt:of:)``.
    mutating func add(_ value: Float, to element: Int, of name: String) { sum.update(name) { $0[element] += value } }

    /// Adds N(0, (noiseMultiplier·sensitivity)²) to every coordinate and returns the sum.
    public consuming func released(noiseMultiplier: Double, noise: NoiseSource) -> Parameters {
        let deviation = Float(noiseMultiplier * sensitivity)
        for name in sum.names {
            sum.update(name) { noise.addNormals(to: &$0, deviation: deviation, purpose: name) }
        }
        return sum
    }
}

/// Where the noise of a mechanism comes from.
public enum NoiseSource: Sendable {
    /// Philox from a seed: reproducible, and therefore not private against anyone who knows the seed.
    case seeded(RandomStream)

    /// Whether the noise can be reproduced; a report must say so.
    public var isReproducible: Bool { true }

    func addNormals(to tensor: inout Tensor, deviation: Float, purpose: String) {
        switch self {
        case .seeded(let random): random[purpose].addNormals(to: &tensor, deviation: deviation)
        }
    }
}
