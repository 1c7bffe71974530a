public import Autograd
import Tensors

/// A clipped sum of per-example gradients WITHOUT noise: its release has no privacy at all.
///
/// It is here so that an experiment can tell what clipping alone does. A ``BoundedSum`` does not turn into one, and no
/// event comes out: there is none to account for.
public struct UnprotectedSum: ~Copyable {
    private var clipped: ClippedSum
    private let clipping: Clipping

    /// Bounds each example's gradient and adds them up, as ``BoundedSum/init(clipping:by:)`` does.
    public init(clippingWithoutPrivacy gradients: PerExampleGradients, by clipping: Clipping) {
        clipped = clipping.sum(gradients)
        self.clipping = clipping
    }

    /// Adds the clipped sum of another part of the same logical batch.
    public mutating func merge(_ other: consuming UnprotectedSum) {
        precondition(other.clipping == clipping, "sums clipped to different norms")
        for name in other.clipped.sum.names {
            let part = other.clipped.sum[name]
            clipped.sum.update(name) { $0.add(part) }
        }
        clipped.centredCount += other.clipped.centredCount
    }

    /// Returns the sum over the expected batch size, and the next norm where it adapts; no noise is added to either.
    public consuming func meanWithoutPrivacy(expectedBatch: Double) -> (gradient: Parameters, nextNorm: Double?) {
        var gradient = clipped.sum
        gradient.scale(by: Float(1 / expectedBatch))
        guard case .adaptive(let settings) = clipping else { return (gradient, nil) }
        return (gradient, settings.updated(noisyCount: clipped.centredCount, expectedBatch: expectedBatch))
    }
}
