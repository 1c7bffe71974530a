public import Autograd
import Tensors

/// A clipped sum of per-example gradients that leaves only through noise.
///
/// It cannot be copied, and `released` consumes it: there is no way to its value that does not add noise and hand out
/// the event to be accounted for.
public struct BoundedSum: ~Copyable {
    private var sum: Parameters
    /// Σᵢ(bᵢ − ½), where bᵢ says whether example i was within the norm.
    private var centredCount: Double
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
        let clipped = clipping.sum(gradients)
        (sum, centredCount) = (clipped.sum, clipped.centredCount)
        self.clipping = clipping
        sensitivity = clipping.sensitivity
    }

    /// Adds the clipped sum of another part of the same logical batch; parts are disjoint in records.
    public mutating func merge(_ other: consuming BoundedSum) {
        precondition(other.clipping == clipping, "sums clipped to different norms")
        for name in other.sum.names {
            let part = other.sum[name]
            sum.update(name) { $0.add(part) }
        }
        centredCount += other.centredCount
    }

    /// Adds a gradient along one coordinate, as long as may be; see ``insert(canaryAt:of:)``.
    mutating func addLongest(to element: Int, of name: String) {
        let length = Float(clipping.longest(of: sum.names))
        sum.update(name) { $0[element] += length }
    }

    /// Adds N(0, (noiseMultiplier·sensitivity)²) to every coordinate and returns the sum, scaled.
    public consuming func released(
        noiseMultiplier: Double, noise: NoiseSource, scaledBy factor: Float = 1
    ) -> Parameters {
        let deviation = Float(noiseMultiplier * sensitivity)
        for name in sum.names {
            sum.update(name) {
                noise.addNormals(to: &$0, deviation: deviation, purpose: name, scaledBy: factor)
            }
        }
        return sum
    }

    /// Releases the sum as ``released(noiseMultiplier:noise:scaledBy:)`` does, and beside it the centred count of the examples
    /// that were within the norm, with N(0, countDeviation²) added.
    ///
    /// - Guarantee: one example moves the count by ½.
    consuming func released(
        noiseMultiplier: Double, countDeviation: Double, noise: NoiseSource, scaledBy factor: Float
    ) -> (sum: Parameters, centredCount: Double) {
        let count = centredCount + noise.normal(deviation: countDeviation, purpose: "count")
        return (released(noiseMultiplier: noiseMultiplier, noise: noise, scaledBy: factor), count)
    }
}
