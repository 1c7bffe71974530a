public import Autograd
import Tensors

/// A sum of users' model updates, each clipped as a whole, that leaves only through noise.
///
/// What ``BoundedSum`` is to the gradients of records, this is to the updates of users: it cannot be copied, and
/// `released` consumes it.
///
/// - Source: McMahan, Ramage, Talwar and Zhang 2018, "Learning differentially private recurrent language models",
///   <https://arxiv.org/abs/1710.06963>, flat clipping.
public struct BoundedUpdates: ~Copyable {
    private var sum: Parameters
    /// The most that adding or removing one user can move the sum, in the Euclidean norm.
    public let sensitivity: Double

    /// Creates an empty sum of updates of a model like this one, each of a norm of `norm` at most.
    public init(of model: Parameters, clippedTo norm: Double) {
        precondition(norm > 0, "a clipping norm of \(norm)")
        sum = Parameters()
        for name in model.names { sum[name] = .zeros(model[name].shape) }
        sensitivity = norm
    }

    /// Adds the update of one user, who must not be added again: what they have at the end minus what they began with.
    ///
    /// An update that is not finite counts as zero: it must not escape the bound.
    /// - Guarantee: ‖Σ − Σ′‖₂ ≤ ``sensitivity`` for sums that differ in one user.
    public mutating func add(from start: Parameters, to end: Parameters) {
        var update = end
        for name in update.names { update.update(name) { $0.add(start[name], times: -1) } }
        let norm = update.norm
        guard norm.isFinite else { return }
        let weight = min(1, Float(sensitivity) / max(Float(norm), .leastNormalMagnitude))
        for name in sum.names { sum.update(name) { $0.add(update[name], times: weight) } }
    }

    /// Adds N(0, (noiseMultiplier·sensitivity)²) to every coordinate and returns the sum.
    public consuming func released(noiseMultiplier: Double, noise: NoiseSource) -> Parameters {
        let deviation = Float(noiseMultiplier * sensitivity)
        for name in sum.names {
            sum.update(name) { noise.addNormals(to: &$0, deviation: deviation, purpose: name) }
        }
        return sum
    }
}
