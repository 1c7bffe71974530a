public import Autograd
public import Tensors

/// Returns per-example gradients that are the rows of a matrix: those of ⟨w, xᵢ⟩ with respect to w.
///
/// So an adversary who picks gradients can put them through the very code that clips those of a model.
/// - Parameter rows: one gradient per example, shape [examples, d]; none for an empty batch.
/// - Returns: gradients of one parameter, "crafted", of shape [1, d].
public func craftedGradients(_ rows: Tensor) -> PerExampleGradients {
    let tape = Tape(.perExample(count: rows.rows))
    let weights = tape.parameter("crafted", .zeros([1, rows.columns]))
    tape.backward(from: linear(tape.constant(rows), weights))
    return tape.perExampleGradients()
}

extension PerExampleGradients {
    /// Each example's gradient written out, all parameters in one row: shape [examples, d].
    ///
    /// - Complexity: O(examples · d) memory.
    package func rows() -> Tensor {
        let gradients = explicit()
        let width = gradients.first.map { gradient in gradient.names.reduce(0) { $0 + gradient[$1].count } } ?? 0
        var values: [Float] = []
        values.reserveCapacity(examples * width)
        for gradient in gradients { values += gradient.flat }
        return Tensor(values, shape: [examples, width])
    }
}

extension Parameters {
    /// All tensors, one after the other.
    var flat: [Float] { names.flatMap { self[$0].values } }
}
