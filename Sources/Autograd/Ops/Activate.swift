public import Tensors

/// Returns an elementwise activation of x.
public func activate(_ x: Variable, _ activation: Activation) -> Variable {
    let tape = x.tape
    let y = activation(x.value)
    let saved = activation.derivativeNeedsInput ? x.value : y
    return tape.record(y, [x]) { dy in tape.accumulate(activation.gradient(dy, saved: saved), into: x) }
}
