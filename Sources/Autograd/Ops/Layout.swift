import Tensors

/// Returns the same elements under another shape.
public func reshape(_ x: Variable, _ shape: [Int]) -> Variable {
    let tape = x.tape
    return tape.record(x.value.reshaped(shape), [x]) { dy in tape.accumulate(dy.reshaped(x.shape), into: x) }
}

/// Returns the transpose of a matrix.
public func transpose(_ x: Variable) -> Variable {
    let tape = x.tape
    return tape.record(x.value.transposed(), [x]) { dy in tape.accumulate(dy.transposed(), into: x) }
}

/// Returns columns `range` of a matrix.
public func columns(_ x: Variable, _ range: Range<Int>) -> Variable {
    let tape = x.tape
    return tape.record(x.value.columns(range), [x]) { dy in
        var gradient = Tensor.zeros(x.shape)
        gradient.setColumns(range, dy)
        tape.accumulate(gradient, into: x)
    }
}

/// Returns rows `range` of a matrix.
public func rows(_ x: Variable, _ range: Range<Int>) -> Variable {
    let tape = x.tape
    return tape.record(x.value.rows(range), [x]) { dy in
        var gradient = Tensor.zeros(x.shape)
        gradient.scatterAddRows(range.map(Int32.init), dy)
        tape.accumulate(gradient, into: x)
    }
}

/// Returns matrices side by side.
///
/// - Shapes: [rows, aᵢ] each → [rows, Σaᵢ].
public func concatenateColumns(_ parts: [Variable]) -> Variable {
    precondition(!parts.isEmpty, "nothing to concatenate")
    let tape = parts[0].tape
    var result = Tensor.zeros([parts[0].value.rows, parts.reduce(0) { $0 + $1.value.columns }])
    var ranges: [Range<Int>] = []
    for part in parts {
        let start = ranges.last?.upperBound ?? 0
        ranges.append(start..<start + part.value.columns)
        result.setColumns(start..<start + part.value.columns, part.value)
    }
    return tape.record(result, parts) { dy in
        for (part, range) in zip(parts, ranges) { tape.accumulate(dy.columns(range), into: part) }
    }
}

/// Returns matrices one below the other.
///
/// - Shapes: [aᵢ, columns] each → [Σaᵢ, columns].
public func concatenateRows(_ parts: [Variable]) -> Variable {
    precondition(!parts.isEmpty, "nothing to concatenate")
    let tape = parts[0].tape
    return tape.record(Tensor.concatenatedRows(parts.map(\.value)), parts) { dy in
        var start = 0
        for part in parts {
            tape.accumulate(dy.rows(start..<start + part.value.rows), into: part)
            start += part.value.rows
        }
    }
}
