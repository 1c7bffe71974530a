public import Tensors

/// Returns a packed projection with its queries and keys turned to their positions.
///
/// - Shapes: packed [sequences·length, 3·width] (Q, K, V side by side) → the same.
/// - Source: Su et al. 2021. A rotation's gradient is rotated back; there are no parameters.
public func rotate(_ packed: Variable, _ positions: RotaryPositions, length: Int) -> Variable {
    let tape = packed.tape
    var y = packed.value
    positions.rotate(&y, length: length)
    return tape.record(y, [packed]) { dy in
        var gradient = dy
        positions.rotate(&gradient, length: length, backwards: true)
        tape.accumulate(gradient, into: packed)
    }
}
