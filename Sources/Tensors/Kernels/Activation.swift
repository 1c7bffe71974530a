import CVec

/// An elementwise function with a derivative.
public enum Activation: Codable, Sendable, Equatable {
    /// x
    case identity
    /// max(x, 0)
    case relu
    /// x for x > 0, slope·x otherwise
    case leakyReLU(slope: Float)
    /// x for x > 0, eˣ − 1 otherwise
    case elu
    /// x·Φ(x) in its tanh form, as in GPT-2
    case gelu
    /// x·Φ(x) by the error function
    case exactGELU
    /// x·σ(x)
    case silu
    /// tanh x
    case tanh
    /// 1/(1 + e⁻ˣ)
    case sigmoid
    /// ln(1 + eˣ)
    case softplus
    /// ln σ(x)
    case logSigmoid
    /// eˣ
    case exponential
    /// scale·σ(temperature·x) − offset, which is bounded and so keeps gradients small; tanh x is (2, 2, 1).
    ///
    /// - Source: Papernot, Thakurta, Song, Chien and Erlingsson 2021.
    case temperedSigmoid(scale: Float, temperature: Float, offset: Float)

    /// Activations by the names that specs and flags give them; a leaky rectifier has the slope 0.2.
    public static let named: [String: Activation] = [
        "relu": .relu, "leaky-relu": .leakyReLU(slope: 0.2), "elu": .elu, "gelu": .gelu, "exact-gelu": .exactGELU,
        "silu": .silu, "tanh": .tanh, "sigmoid": .sigmoid, "softplus": .softplus,
    ]

    /// Whether the derivative is written in terms of the input; otherwise the output is enough.
    public var derivativeNeedsInput: Bool {
        switch self {
        case .gelu, .exactGELU, .silu, .softplus, .logSigmoid: true
        case .identity, .relu, .leakyReLU, .elu, .tanh, .sigmoid, .exponential, .temperedSigmoid: false
        }
    }

    /// Returns f(x).
    public func callAsFunction(_ x: Tensor) -> Tensor {
        guard self != .identity else { return x }
        let y = Tensor(uninitialised: x.shape)
        x.inElementPieces { piece in
            unsafe apply(x.pointer + piece.lowerBound, y.storage.base + piece.lowerBound, piece.count)
        }
        return y
    }

    /// Replaces x by f(x).
    public func apply(to x: inout Tensor) {
        guard self != .identity else { return }
        let target = unsafe x.mutablePointer()
        x.inElementPieces { piece in
            unsafe apply(target + piece.lowerBound, target + piece.lowerBound, piece.count)
        }
    }

    /// Returns dy·f′, where `saved` is the input x if `derivativeNeedsInput`, else the output y.
    public func gradient(_ dy: Tensor, saved: Tensor) -> Tensor {
        guard self != .identity else { return dy }
        precondition(dy.count == saved.count, "gradient of \(self): \(dy.shape) and \(saved.shape)")
        let dx = Tensor(uninitialised: dy.shape)
        dy.inElementPieces { piece in
            let start = piece.lowerBound
            unsafe applyDerivative(
                dy.pointer + start, saved.pointer + start, dx.storage.base + start, piece.count)
        }
        return dx
    }

    /// y ← f(x) over whole vectors.
    func apply(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ n: Int) {
        let zero = Vector(repeating: 0)
        switch self {
        case .identity: unsafe map(x, y, n) { $0 }
        case .relu: unsafe map(x, y, n) { $0.replacing(with: zero, where: $0 .< zero) }
        case .leakyReLU(let slope): unsafe map(x, y, n) { $0.replacing(with: $0 * slope, where: $0 .< zero) }
        case .elu: unsafe map(x, y, n) { $0.replacing(with: exp($0) - 1, where: $0 .< zero) }
        case .gelu: unsafe map(x, y, n) { $0 * Tensors.sigmoid(geluArgument($0)) }
        case .exactGELU: unsafe map(x, y, n) { 0.5 * $0 * (1 + erf($0 * 0.70710678)) }
        case .silu: unsafe map(x, y, n) { $0 * Tensors.sigmoid($0) }
        case .tanh: unsafe map(x, y, n) { Tensors.tanh($0) }
        case .sigmoid: unsafe map(x, y, n) { Tensors.sigmoid($0) }
        case .softplus: unsafe map(x, y, n) { Tensors.softplus($0) }
        case .logSigmoid: unsafe map(x, y, n) { -Tensors.softplus(-$0) }
        case .exponential: unsafe map(x, y, n) { exp($0) }
        case .temperedSigmoid(let scale, let temperature, let offset):
            unsafe map(x, y, n) { scale * Tensors.sigmoid(temperature * $0) - offset }
        }
    }

    /// dx ← dy·f′ over whole vectors; `s` is the input if `derivativeNeedsInput`, else the output.
    func applyDerivative(
        _ dy: UnsafePointer<Float>, _ s: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>, _ n: Int
    ) {
        let zero = Vector(repeating: 0)
        switch self {
        case .identity: unsafe map(dy, dx, n) { $0 }
        case .relu: unsafe map(dy, s, dx, n) { d, y in d.replacing(with: zero, where: y .<= zero) }
        case .leakyReLU(let slope): unsafe map(dy, s, dx, n) { d, y in d.replacing(with: d * slope, where: y .<= zero) }
        case .elu: unsafe map(dy, s, dx, n) { d, y in d.replacing(with: d * (y + 1), where: y .< zero) }
        case .gelu: unsafe map(dy, s, dx, n) { d, x in d * geluDerivative(x) }
        case .exactGELU: unsafe map(dy, s, dx, n) { d, x in d * exactGELUDerivative(x) }
        case .silu: unsafe map(dy, s, dx, n) { d, x in d * siluDerivative(x) }
        case .tanh: unsafe map(dy, s, dx, n) { d, y in d * (1 - y * y) }
        case .sigmoid: unsafe map(dy, s, dx, n) { d, y in d * y * (1 - y) }
        case .softplus: unsafe map(dy, s, dx, n) { d, x in d * Tensors.sigmoid(x) }
        case .logSigmoid: unsafe map(dy, s, dx, n) { d, x in d * Tensors.sigmoid(-x) }
        case .exponential: unsafe map(dy, s, dx, n) { d, y in d * y }
        case .temperedSigmoid(let scale, let temperature, let offset):
            unsafe map(dy, s, dx, n) { d, y in d * (y + offset) * (temperature - (y + offset) * (temperature / scale)) }
        }
    }
}

/// Twice the argument √(2/π)·(x + 0.044715 x³) of the tanh form, for ½(1 + tanh u) = σ(2u).
@inline(__always)
private func geluArgument(_ x: Vector) -> Vector {
    let inner = fma(x * x, Vector(repeating: 0.044715), Vector(repeating: 1))
    return 1.5957691216 * x * inner
}

@inline(__always)
private func geluDerivative(_ x: Vector) -> Vector {
    let s = sigmoid(geluArgument(x))
    let slope = 1.5957691216 * fma(x * x, Vector(repeating: 0.134145), Vector(repeating: 1))
    return s + x * s * (1 - s) * slope
}

@inline(__always)
private func exactGELUDerivative(_ x: Vector) -> Vector {
    let density = 0.3989422804 * exp(-0.5 * x * x)
    return 0.5 * (1 + erf(x * 0.70710678)) + x * density
}

@inline(__always)
private func siluDerivative(_ x: Vector) -> Vector {
    let s = sigmoid(x)
    return s * (1 + x * (1 - s))
}
