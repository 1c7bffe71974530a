public import Tensors

/// Returns gain·normalised(x) + bias, by layer norm or RMS norm of each row.
///
/// - Source: Ba, Kiros and Hinton 2016; Zhang and Sennrich 2019.
/// - Shapes: x [rows, width], gain [width], bias [width] → [rows, width].
public func normalise(
    _ x: Variable, gain: Variable, bias: Variable? = nil, kind: Normalisation = .layer, epsilon: Float = 1e-5
) -> Variable {
    let tape = x.tape
    let (normalised, reciprocal) = kind.normalise(x.value, epsilon: epsilon)
    var y = normalised
    y.multiplyRows(by: gain.value)
    if let bias { y.addToRows(bias.value) }
    return tape.record(y, [x, gain] + (bias.map { [$0] } ?? [])) { dy in
        keepRowSums(tape, dy * normalised, for: gain)
        if let bias { keepRowSums(tape, dy, for: bias) }
        guard x.id != nil else { return }
        var inner = dy
        inner.multiplyRows(by: gain.value)
        tape.accumulate(kind.gradient(inner, normalised: normalised, reciprocal: reciprocal), into: x)
    }
}
