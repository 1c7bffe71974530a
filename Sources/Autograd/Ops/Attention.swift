public import Tensors

/// Returns multi-head attention of a packed projection.
///
/// - Shapes: packed [sequences·length, 3·width] (Q, K, V side by side) → [sequences·length, width].
/// - Source: Vaswani et al. 2017, scaled by 1/√(width/heads).
public func attention(_ packed: Variable, _ shape: AttentionShape) -> Variable {
    let tape = packed.tape
    return tape.record(shape.forward(packed.value), [packed]) { dy in
        tape.accumulate(shape.backward(dy, packed.value), into: packed)
    }
}
