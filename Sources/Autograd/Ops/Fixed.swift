public import Tensors

/// Returns what a fixed function makes of x: no parameter and no gradient goes through it.
///
/// - Precondition: x is a constant; nothing asks for a gradient with respect to it.
public func fixed(_ x: Variable, _ function: (Tensor) -> Tensor) -> Variable {
    precondition(x.id == nil, "a fixed function has no gradient with respect to what it reads")
    return x.tape.constant(function(x.value))
}
