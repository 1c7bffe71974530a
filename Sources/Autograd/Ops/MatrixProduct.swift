import Tensors

/// Returns the matrix product a·b of two variables, neither of them a parameter under per-example factors.
///
/// - Shapes: a [m, k], b [k, n] → [m, n].
public func product(_ a: Variable, _ b: Variable) -> Variable {
    let tape = a.tape
    return tape.record(matmul(a.value, b.value), [a, b]) { dy in
        tape.accumulate(matmul(dy, b.value, transposing: .right), into: a)
        tape.accumulate(matmul(a.value, dy, transposing: .left), into: b)
    }
}
