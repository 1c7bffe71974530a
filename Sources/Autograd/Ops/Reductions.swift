import Tensors

/// Returns the sum of each row, shape [rows].
public func rowSums(_ x: Variable) -> Variable {
    let tape = x.tape
    return tape.record(x.value.rowSums(), [x]) { dy in
        var gradient = Tensor(repeating: 1, shape: x.shape)
        gradient.scaleRows(by: dy.values)
        tape.accumulate(gradient, into: x)
    }
}

/// Returns the sum of all elements, a scalar.
public func sum(_ x: Variable) -> Variable {
    let tape = x.tape
    return tape.record(Tensor([Float(x.value.sum())], shape: []), [x]) { dy in
        tape.accumulate(Tensor(repeating: dy.scalar, shape: x.shape), into: x)
    }
}

/// Returns the mean of all elements, a scalar.
public func mean(_ x: Variable) -> Variable { sum(x) * (1 / Float(max(x.value.count, 1))) }
