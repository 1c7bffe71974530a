public import Autograd

/// A clipped sum of per-example gradients that leaves only through noise.
///
/// It cannot be copied, and `released` consumes it: there is no way to its value that does not add noise and hand out
/// the event to be accounted for.
public struct BoundedSum: ~Copyable {
    private var sum: ClippedSum
    private let clipping: Clipping
    /// The most that adding or removing one record can move the sum, in the Euclidean norm.
    public let sensitivity: Double

    /// Clips each example's gradient to the norm and adds them up.
    ///
    /// A gradient that is not finite counts as zero: it must not escape the bound.
    /// - Guarantee: ‖Σ − Σ′‖₂ ≤ `norm` for batches that differ in one record.
    /// - Source: Abadi et al. 2016; book-keeping after Bu et al. 2023.
    public init(clipping gradients: PerExampleGradients, to norm: Double) {
        precondition(norm > 0, "a clipping norm of \(norm)")
        self.init(clipping: gradients, by: .flat(norm: norm))
    }

    /// Bounds each example's gradient and adds them up.
    ///
    /// - Guarantee: ‖Σ − Σ′‖₂ ≤ ``Clipping/sensitivity`` for batches that differ in one example, which is a record or
    ///   another privacy unit.
    public init(clipping gradients: PerExampleGradients, by clipping: Clipping) {
        sum = clipping.sum(gradients)
        self.clipping = clipping
        sensitivity = clipping.sensitivity
    }

    /// Adds the clipped sum of another part of the same logical batch; parts are disjoint in records.
    public mutating func merge(_ other: consuming BoundedSum) {
        precondition(other.clipping == clipping, "sums clipped to different norms")
        sum.merge(other.sum)
    }

    /// Adds N(0, (noiseMultiplier·sensitivity)²) to every coordinate and returns the sum.
    public consuming func released(noiseMultiplier: Double, noise: NoiseSource) -> Parameters {
        let deviation = Float(noiseMultiplier * sensitivity)
        var noisy = sum.sum
        for name in noisy.names {
            noisy.update(name) { noise.addNormals(to: &$0, deviation: deviation, purpose: name) }
        }
        return noisy
    }

    /// Releases the sum as ``released(noiseMultiplier:noise:)`` does, and beside it the centred count of the examples
    /// that were within the norm, with N(0, countDeviation²) added.
    ///
    /// - Guarantee: one example moves the count by ½.
    consuming func released(
        noiseMultiplier: Double, countDeviation: Double, noise: NoiseSource
    ) -> (sum: Parameters, centredCount: Double) {
        let count = sum.centredCount + noise.normal(deviation: countDeviation, purpose: "count")
        return (released(noiseMultiplier: noiseMultiplier, noise: noise), count)
    }
}
