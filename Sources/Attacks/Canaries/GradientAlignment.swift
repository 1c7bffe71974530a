import Autograd
import Models
import Tensors

/// Calls a canary included when the model has moved the way in which its loss pulls.
///
/// The first-order change of a record's loss along a move Δ is ⟨∇ℓ, Δ⟩. Under DP-SGD a record moves the model by no more
/// than its clipped gradient, so it is the gradient after clipping that is compared with the move.
/// - Source: the inner products of Nasr et al., USENIX Security 2023, with the gradients of records.
enum GradientAlignment {
    /// Returns −Σ over pairs of neighbouring checkpoints of ⟨g, Δ⟩: Δ leads from the earlier to the later model, and g is
    /// the mean of a record's clipped gradients at both.
    ///
    /// - Parameters:
    ///   - checkpoints: the models in the order of the training.
    ///   - records: whose gradients are taken.
    ///   - clip: the norm above which gradients are scaled down to it; `nil` for gradients as they are.
    ///   - random: of losses that draw, such as a variational autoencoder's; dropout draws from it too.
    /// - Returns: one score per record; 0 for a single model. Higher means included.
    /// - Complexity: one pass per record and model, and records · parameters additions for each.
    static func scores(
        _ checkpoints: [Model], on records: Records, clip: Double?, random: RandomStream
    ) -> [Double] {
        let records = checkpoints.first?.architecture.network.prepared(records) ?? records
        var scores = [Double](repeating: 0, count: records.count)
        for index in checkpoints.indices {
            let (earlier, later) = (checkpoints[max(0, index - 1)], checkpoints[min(index + 1, checkpoints.count - 1)])
            let direction = difference(later, earlier)
            let products = products(of: checkpoints[index], on: records, with: direction, clip: clip, random)
            for record in scores.indices { scores[record] -= products[record] / 2 }
        }
        return scores
    }

    /// What gradients train, of the later model minus the earlier.
    private static func difference(_ later: Model, _ earlier: Model) -> Parameters {
        var difference = Parameters()
        for name in later.parameters.names where !Parameters.isStatistic(name) {
            difference[name] = later.parameters[name] - earlier.parameters[name]
        }
        return difference
    }

    /// ⟨clipped gradient of the record, direction⟩ for each record.
    private static func products(
        of model: Model, on records: Records, with direction: Parameters, clip: Double?, _ random: RandomStream
    ) -> [Double] {
        guard let phase = model.architecture.network.phases.first(where: \.touchesData) else { return [] }
        // Gradients are written out, each as large as the model, so that few are held at a time.
        let batch = 16
        return stride(from: 0, to: records.count, by: batch).flatMap { start -> [Double] in
            let part = records.slice(start..<min(start + batch, records.count))
            let tape = Tape(.perExample(count: part.count))
            let bound = BoundParameters(model.parameters, on: tape, trainable: phase.parameters)
            tape.backward(from: model.architecture.network.losses(phase, part, bound, random))
            return tape.perExampleGradients().explicit().map { gradient in
                let norm = gradient.norm
                guard norm.isFinite else { return 0 }
                let scale = clip.map { min(1, $0 / max(norm, .leastNormalMagnitude)) } ?? 1
                return scale * gradient.innerProduct(direction)
            }
        }
    }
}

extension Parameters {
    /// Σ over names of ⟨self, other⟩.
    fileprivate func innerProduct(_ other: Parameters) -> Double {
        names.reduce(0) { sum, name in
            let width = self[name].count
            let products = self[name].reshaped([1, width]).rowInnerProducts(other[name].reshaped([1, width]))
            return sum + Double(products.scalar)
        }
    }
}
