public import Tensors
public import Testing

/// Returns numbers uniform in ±scale on a grid of 2⁻¹⁰, so that steps of a power of two from them are exact in `Float`.
public func gridTensor(_ shape: [Int], _ random: RandomStream, scale: Float = 1) -> Tensor {
    Tensor(random.uniforms(shape.reduce(1, *)).map { (scale * (2 * $0 - 1) * 1024).rounded() / 1024 }, shape: shape)
}

/// The derivative of `f` along a direction, by central differences with steps h and 2h, extrapolated to O(h⁴).
public func directionalDerivative(at x: Tensor, along direction: Tensor, step: Float, _ f: (Tensor) -> Double)
    -> Double
{
    func central(_ h: Float) -> Double { (f(x + direction * h) - f(x + direction * -h)) / (2 * Double(h)) }
    return (4 * central(step) - central(2 * step)) / 3
}

/// Expects the gradients of `f` to agree with finite differences along `directions` random sign vectors per input.
///
/// The values of `f` are sums in `Double` of single-precision outputs, with an error of about 1e-7·|f|; over a step of
/// 2⁻⁷ that becomes 1e-5, hence the tolerance of 5e-4 relative to the gradient's norm (or to `floor`, when it is small).
public func expectGradients(
    _ gradients: [Tensor], of inputs: [Tensor], _ what: String = "", directions: Int = 3, step: Float = 0x1p-7,
    tolerance: Double = 5e-4, floor: Double = 0.05, sourceLocation: SourceLocation = #_sourceLocation,
    _ f: ([Tensor]) -> Double
) {
    for (index, input) in inputs.enumerated() {
        for trial in 0..<directions {
            let signs = RandomStream(seed: 77)[what][index][trial].coinFlips(input.count).map { $0 ? Float(1) : -1 }
            let direction = Tensor(signs, shape: input.shape)
            let numeric = directionalDerivative(at: input, along: direction, step: step) { moved in
                var all = inputs
                all[index] = moved
                return f(all)
            }
            let analytic = gradients[index].inner(direction)
            let scale = max(floor, gradients[index].squaredNorm().squareRoot())
            #expect(
                abs(analytic - numeric) <= tolerance * scale,
                "\(what), input \(index): derivative \(analytic), by differences \(numeric)",
                sourceLocation: sourceLocation)
        }
    }
}
