import Tensors

/// Returns the softmax of each row.
public func softmax(_ x: Variable) -> Variable {
    let tape = x.tape
    let y = x.value.softmax()
    return tape.record(y, [x]) { dy in tape.accumulate(Tensor.softmaxGradient(dy, output: y), into: x) }
}

/// Returns the logarithm of the softmax of each row.
public func logSoftmax(_ x: Variable) -> Variable {
    let tape = x.tape
    let y = x.value.logSoftmax()
    return tape.record(y, [x]) { dy in
        var shifted = Activation.exponential(y)
        shifted.scaleRows(by: (dy.rowSums() * -1).values)
        shifted.add(dy)
        tape.accumulate(shifted, into: x)
    }
}
