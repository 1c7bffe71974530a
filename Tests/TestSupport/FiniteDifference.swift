public import Tensors
public import Testing

/// Returns numbers uniform in ±scale on a grid of 2⁻¹⁰, so that steps of a power of two from them are exact in `Float`.
public func gridTensor(_ shape: [Int], _ random: RandomStream, scale: Float = 1) -> Tensor {
    Tensor(random.uniforms(shape.reduce(1, *)).map { (scale * (2 * $0 - 1) * 1024).rounded() / 1024 }, shape: shape)
}

/// The derivative of a function along a direction, by differences.
private struct Slope {
    /// By central differences with steps h and 2h, extrapolated to O(h⁴).
    let value: Double
    /// By how much the function departs from a smooth one within 2h: a kink adds about its change of slope.
    let roughness: Double

    init(at x: Tensor, along direction: Tensor, step: Float, _ f: (Tensor) -> Double) {
        let h = Double(step)
        let values = [-2, -1, 0, 1, 2].map { f(x + direction * (step * $0)) }
        let (near, far) = ((values[3] - values[1]) / (2 * h), (values[4] - values[0]) / (4 * h))
        let nearBend = (values[3] - 2 * values[2] + values[1]) / h
        let farBend = (values[4] - 2 * values[2] + values[0]) / (2 * h)
        value = (4 * near - far) / 3
        roughness = max(abs(near - far), abs(2 * nearBend - farBend))
    }
}

/// Expects the gradients of `f` to agree with finite differences along random sign vectors, `directions` per input.
///
/// The values of `f` are sums in `Double` of single-precision outputs, with an error of about 1e-7·|f|; over a step of
/// 2⁻⁷ that becomes 1e-5, hence the tolerance of 5e-4 relative to the gradient's norm (or to `floor`, when it is small).
/// With `skippingKinks`, a direction that bends `f` by more than the tolerance within the steps says nothing and is
/// skipped; each input needs one that is not.
public func expectGradients(
    _ gradients: [Tensor], of inputs: [Tensor], _ what: String = "", directions: Int = 3, step: Float = 0x1p-7,
    tolerance: Double = 5e-4, floor: Double = 0.05, skippingKinks: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation, _ f: ([Tensor]) -> Double
) {
    for (index, input) in inputs.enumerated() {
        let limit = tolerance * max(floor, gradients[index].squaredNorm().squareRoot())
        var conclusive = 0
        for trial in 0..<directions {
            let signs = RandomStream(seed: 77)[what][index][trial].coinFlips(input.count).map { $0 ? Float(1) : -1 }
            let direction = Tensor(signs, shape: input.shape)
            let numeric = Slope(at: input, along: direction, step: step) { moved in
                var all = inputs
                all[index] = moved
                return f(all)
            }
            if skippingKinks, numeric.roughness > limit { continue }
            conclusive += 1
            let analytic = gradients[index].inner(direction)
            #expect(
                abs(analytic - numeric.value) <= limit,
                "\(what), input \(index): derivative \(analytic), by differences \(numeric.value)",
                sourceLocation: sourceLocation)
        }
        #expect(conclusive > 0, "\(what), input \(index): kinks in all directions", sourceLocation: sourceLocation)
    }
}
