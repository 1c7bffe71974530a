import CVec

/// One fused pass over parameters, gradient and moments.
extension Tensor {
    /// Adam's update, with decoupled (AdamW) or coupled (L2) weight decay.
    ///
    /// m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², θ ← θ(1 − η·decay) − η·m̂/(√v̂ + ε), moments corrected for their bias
    /// (Kingma and Ba 2015; Loshchilov and Hutter 2019).
    package mutating func adam(
        gradient: Tensor, m: inout Tensor, v: inout Tensor, step: Int, rate: Float, beta1: Float, beta2: Float,
        epsilon: Float, decoupledDecay: Float, coupledDecay: Float
    ) {
        precondition(gradient.count == count, "adam: \(gradient.shape) for \(shape)")
        let (p, mp, vp) = unsafe (mutablePointer(), m.mutablePointer(), v.mutablePointer())
        let correction1 = 1 - power(beta1, step)
        let reciprocal2 = Vector(repeating: Float((1 / (1 - power(beta2, step))).squareRoot()))
        let stepSize = Vector(repeating: Float(Double(rate) / correction1))
        let shrink = Vector(repeating: 1 - rate * decoupledDecay)
        let (b1, b2) = (Vector(repeating: beta1), Vector(repeating: beta2))
        let (c1, c2) = (Vector(repeating: 1 - beta1), Vector(repeating: 1 - beta2))
        inElementPieces { piece in
            for i in stride(from: piece.lowerBound, to: piece.upperBound, by: 16) {
                let parameter = unsafe load(p + i)
                let g = unsafe fma(parameter, Vector(repeating: coupledDecay), load(gradient.pointer + i))
                let first = unsafe fma(load(mp + i), b1, g * c1)
                let second = unsafe fma(load(vp + i), b2, g * g * c2)
                unsafe store(first, mp + i)
                unsafe store(second, vp + i)
                let denominator = fma(vec_sqrt(second), reciprocal2, Vector(repeating: epsilon))
                unsafe store(parameter * shrink - stepSize * first / denominator, p + i)
            }
        }
    }

    /// Stochastic gradient descent with momentum: u ← µu + g + decay·θ, θ ← θ − η·u (or η·(g + µu) after Nesterov).
    package mutating func momentumDescent(
        gradient: Tensor, velocity: inout Tensor, isFirst: Bool, rate: Float, momentum: Float, decay: Float,
        nesterov: Bool
    ) {
        precondition(gradient.count == count, "sgd: \(gradient.shape) for \(shape)")
        guard momentum != 0 || decay != 0 else { return add(gradient, times: -rate) }
        let (p, u) = unsafe (mutablePointer(), velocity.mutablePointer())
        let mu = Vector(repeating: isFirst ? 0 : momentum)
        inElementPieces { piece in
            for i in stride(from: piece.lowerBound, to: piece.upperBound, by: 16) {
                let parameter = unsafe load(p + i)
                let g = unsafe fma(parameter, Vector(repeating: decay), load(gradient.pointer + i))
                let old = isFirst ? Vector(repeating: 0) : unsafe load(u + i)
                let speed = fma(old, mu, g)
                unsafe store(speed, u + i)
                let direction = nesterov ? fma(speed, Vector(repeating: momentum), g) : speed
                unsafe store(parameter - direction * rate, p + i)
            }
        }
    }
}

private func power(_ base: Float, _ exponent: Int) -> Double {
    var (result, factor, n) = (1.0, Double(base), exponent)
    while n > 0 {
        if n & 1 == 1 { result *= factor }
        factor *= factor
        n >>= 1
    }
    return result
}
