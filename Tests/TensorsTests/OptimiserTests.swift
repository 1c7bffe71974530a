import Tensors
import TestSupport
import Testing

@Suite("Optimiser kernels follow PyTorch's traces") struct OptimiserTests {
    /// Runs five steps and compares the parameters after each.
    private func follow(_ name: String, _ step: (inout Tensor, Tensor, Int) -> Void) throws {
        let golden = try Golden("optimisers")[name]
        var parameters = try golden.tensor("w0")
        let (gradients, trace) = (try golden.tensor("grads"), try golden.doubles("trace"))
        try #require(gradients.shape == [5, 6])
        for index in 0..<5 {
            step(&parameters, Tensor(gradients.row(index)), index)
            expectClose(parameters, Array(trace[6 * index..<6 * index + 6]), "\(name) after step \(index + 1)")
        }
    }

    @Test(
        "gradient descent, plain, with momentum and decay, and after Nesterov",
        arguments: [
            ("opt_sgd", Float(0), Float(0), false), ("opt_sgd_momentum", 0.9, 0.01, false),
            ("opt_sgd_nesterov", 0.9, 0, true),
        ]) func momentum(_ name: String, _ momentum: Float, _ decay: Float, _ nesterov: Bool) throws
    {
        // What the first step finds in the velocity must not matter.
        var velocity = Tensor(repeating: .nan, shape: [6])
        try follow(name) { parameters, gradient, index in
            parameters.momentumDescent(
                gradient: gradient, velocity: &velocity, isFirst: index == 0, rate: 0.1, momentum: momentum,
                decay: decay, nesterov: nesterov)
        }
    }

    @Test(
        "Adam, and AdamW with decoupled decay",
        arguments: [("opt_adam", Float(0.5), Float(0.999), Float(0)), ("opt_adamw", 0.9, 0.99, 0.1)])
    func adam(_ name: String, _ beta1: Float, _ beta2: Float, _ decay: Float) throws {
        var (m, v) = (Tensor.zeros([6]), Tensor.zeros([6]))
        try follow(name) { parameters, gradient, index in
            parameters.adam(
                gradient: gradient, m: &m, v: &v, step: index + 1, rate: 0.01, beta1: beta1, beta2: beta2,
                epsilon: 1e-8, decoupledDecay: decay, coupledDecay: 0)
        }
    }

    @Test("coupled decay is a gradient of the squared norm") func coupledDecay() {
        let gradient = Tensor([0.3, -0.2, 0.1])
        func run(_ gradient: Tensor, _ decay: Float) -> Tensor {
            var (w, m, v) = (Tensor([1, 2, -3]), Tensor.zeros([3]), Tensor.zeros([3]))
            w.adam(
                gradient: gradient, m: &m, v: &v, step: 1, rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1,
                decoupledDecay: 0, coupledDecay: decay)
            return w
        }
        expectClose(run(gradient, 0.1), run(gradient + Tensor([0.1, 0.2, -0.3]), 0), tolerance: 1e-6)
        #expect(run(gradient, 0.1) != run(gradient, 0))
    }

    @Test("the moments' copies are left alone") func copies() {
        var (w, zero) = (Tensor([1]), Tensor.zeros([1]))
        let kept = zero
        var other = zero
        w.adam(
            gradient: Tensor([1]), m: &zero, v: &other, step: 1, rate: 0.1, beta1: 0.9, beta2: 0.9, epsilon: 0,
            decoupledDecay: 0, coupledDecay: 0)
        #expect(kept == .zeros([1]) && zero.scalar != other.scalar + 1 && abs(w.scalar - 0.9) < 1e-6)
    }
}
