import Autograd
import Tensors

/// The gradient penalty (‖∇ₓD(x)‖ − 1)² of a stack D whose activations are piecewise linear.
///
/// Such a stack is affine around almost every x, so that its tangent along u, a forward pass through the same weights
/// with each activation replaced by its slope at x, is u·∇ₓD(x). With u = ∇ₓD/‖∇ₓD‖ held fixed that is the norm, and the
/// gradient of the tangent with respect to the weights is the gradient of the norm: ∂‖g‖/∂θ = u·∂g/∂θ. So the penalty
/// is a function of ordinary primitives, whose per-example factors are backward signal ⊗ forward tangent, and joins the
/// other terms of a record before any norm is taken. Nothing is differentiated twice.
extension Sequential {
    /// Whether it is affine around almost every input, and each record by itself.
    var isPiecewiseLinear: Bool {
        layers.allSatisfy { layer in
            switch layer {
            case .linear, .convolution: layer.activation.isPiecewiseLinear
            case .reshape: true
            case .normalisation, .pooling: false
            }
        }
    }

    /// Returns the penalty at each record.
    ///
    /// Where the gradient vanishes the penalty is 1 and has no direction, so its own gradient is zero.
    /// - Shapes: x [records, …], a stack of one output → [records, 1].
    /// - Source: Gulrajani et al. 2017.
    /// - Complexity: that of two passes forward and two back, one of each with gradients of the weights.
    func gradientPenalty(
        at x: Tensor, _ parameters: BoundParameters, prefix: String, dropping random: RandomStream? = nil
    ) -> Variable {
        let (gradient, slopes) = linearised(at: x, parameters, prefix: prefix, dropping: random)
        let lengths = gradient.rowSquaredNorms().values.map { $0.squareRoot() }
        var direction = gradient
        direction.scaleRows(by: lengths.map { $0 > .leastNormalMagnitude ? 1 / $0 : 0 })
        let norms = tangent(
            parameters.tape.constant(direction), slopes, parameters, prefix: prefix, dropping: random)
        let excess = norms + -1
        return excess * excess
    }

    /// The gradient of the output with respect to each record, and the slope of each layer's activation there.
    private func linearised(
        at x: Tensor, _ parameters: BoundParameters, prefix: String, dropping random: RandomStream?
    ) -> (gradient: Tensor, slopes: [Tensor?]) {
        precondition(isPiecewiseLinear, "a gradient penalty needs affine maps and rectifiers only")
        let tape = Tape(.summed)
        let frozen = parameters.frozen(on: tape)
        let input = tape.variable(x)
        var slopes: [Tensor?] = []
        let output = forEachLayer(input, dropping: random) { layer, name, x in
            let y = layer.apply(x, frozen, "\(prefix).\(name)")
            slopes.append(layer.activation.slope(of: y.value))
            return y
        }
        tape.backward(from: output)
        return (tape.gradient(of: input), slopes)
    }

    /// The directional derivative of the output along a direction of each record.
    private func tangent(
        _ direction: Variable, _ slopes: [Tensor?], _ parameters: BoundParameters, prefix: String,
        dropping random: RandomStream?
    ) -> Variable {
        var remaining = slopes[...]
        return forEachLayer(direction, dropping: random) { layer, name, direction in
            let moved = layer.linearPart.apply(direction, parameters, "\(prefix).\(name)")
            guard let slope = remaining.popFirst() ?? nil else { return moved }
            return moved * direction.tape.constant(slope)
        }
    }
}

extension Sequential.Layer {
    /// The layer without its bias and its activation.
    fileprivate var linearPart: Sequential.Layer {
        switch self {
        case .linear(let from, let to, _, _): return .linear(from: from, to: to, hasBias: false, .identity)
        case .convolution(var layer, _):
            layer.hasBias = false
            return .convolution(layer, .identity)
        case .normalisation, .pooling, .reshape: return self
        }
    }
}

extension Activation {
    /// Whether it consists of straight lines.
    fileprivate var isPiecewiseLinear: Bool {
        switch self {
        case .identity, .relu, .leakyReLU: true
        default: false
        }
    }

    /// The derivative where the output is y; `nil` for the identity, whose derivative is 1.
    fileprivate func slope(of y: Tensor) -> Tensor? {
        self == .identity ? nil : gradient(Tensor(repeating: 1, shape: y.shape), saved: y)
    }
}
