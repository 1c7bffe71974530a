public import Tensors

/// Returns gain·normalised(x) + bias, by layer norm or RMS norm of each row.
///
/// - Source: Ba, Kiros and Hinton 2016; Zhang and Sennrich 2019.
/// - Shapes: x [rows, width], gain [width], bias [width] → [rows, width].
public func normalise(
    _ x: Variable, gain: Variable, bias: Variable? = nil, kind: Normalisation = .layer, epsilon: Float = 1e-5
) -> Variable {
    let tape = x.tape
    let (y, moments) = kind.forward(x.value, gain: gain.value, bias: bias?.value, epsilon: epsilon)
    return tape.record(y, [x, gain] + (bias.map { [$0] } ?? [])) { dy in
        let groups = tape.rowGroups(dy, for: gain)
        func gradients(_ dx: inout Tensor?, _ beta: Float) {
            let parts = kind.gradient(
                dy, x.value, moments, gain: gain.value, groups: groups, into: &dx, beta: beta)
            keepGroupSums(tape, parts.gain, for: gain)
            if let bias { keepGroupSums(tape, parts.bias, for: bias) }
        }
        guard x.id != nil else {
            var nowhere: Tensor?
            return gradients(&nowhere, 0)
        }
        tape.accumulate(into: x) { gradient, beta in
            var dx = Optional(consume gradient)
            gradients(&dx, beta)
            gradient = dx.take() ?? .zeros(x.shape)
        }
    }
}
