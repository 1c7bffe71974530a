public import Tensors

/// Elementwise arithmetic on variables of one shape, and with numbers.
extension Variable {
    /// Returns the sum.
    public static func + (a: Variable, b: Variable) -> Variable {
        let tape = a.tape
        return tape.record(a.value + b.value, [a, b]) { dy in
            tape.accumulate(dy, into: a)
            tape.accumulate(dy, into: b)
        }
    }
    /// Returns the difference.
    public static func - (a: Variable, b: Variable) -> Variable {
        let tape = a.tape
        return tape.record(a.value - b.value, [a, b]) { dy in
            tape.accumulate(dy, into: a)
            tape.accumulate(dy * -1, into: b)
        }
    }
    /// Returns the product.
    public static func * (a: Variable, b: Variable) -> Variable {
        let tape = a.tape
        return tape.record(a.value * b.value, [a, b]) { dy in
            tape.accumulate(dy * b.value, into: a)
            tape.accumulate(dy * a.value, into: b)
        }
    }
    /// Returns the variable times a number.
    public static func * (a: Variable, factor: Float) -> Variable {
        let tape = a.tape
        return tape.record(a.value * factor, [a]) { dy in tape.accumulate(dy * factor, into: a) }
    }
    /// Returns the variable with a number added to each element.
    public static func + (a: Variable, term: Float) -> Variable {
        let tape = a.tape
        return tape.record(a.value + term, [a]) { dy in tape.accumulate(dy, into: a) }
    }
}

/// Returns x with each element kept with probability 1 − rate and scaled by 1/(1 − rate), else zero.
///
/// The mask is a function of the stream alone, so the same stream drops the same elements.
public func dropout(_ x: Variable, rate: Float, random: RandomStream) -> Variable {
    guard rate > 0 else { return x }
    let scale = 1 / (1 - rate)
    let mask = Tensor(random.uniforms(x.value.count).map { $0 < rate ? 0 : scale }, shape: x.shape)
    return x * x.tape.constant(mask)
}
