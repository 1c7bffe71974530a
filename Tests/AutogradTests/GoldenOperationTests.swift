import Autograd
import Tensors
import TestSupport
import Testing

/// An operation whose outputs and gradients PyTorch has computed in double precision.
private struct GoldenOperation: Sendable, CustomTestStringConvertible {
    let name: String
    let inputs: [String]
    let tolerance: Double
    let compute: @Sendable ([Variable], Golden) throws -> Variable

    var testDescription: String { name }

    init(
        _ name: String, _ inputs: [String] = ["x"], tolerance: Double = 1e-5,
        _ compute: @escaping @Sendable ([Variable], Golden) throws -> Variable
    ) {
        (self.name, self.inputs, self.tolerance, self.compute) = (name, inputs, tolerance, compute)
    }

    static func activation(_ name: String, _ activation: Activation) -> GoldenOperation {
        GoldenOperation(name) { inputs, _ in activate(inputs[0], activation) }
    }
}

private let operations: [GoldenOperation] = [
    .activation("relu", .relu), .activation("leaky_relu", .leakyReLU(slope: 0.2)), .activation("elu", .elu),
    .activation("gelu_tanh", .gelu), .activation("gelu_erf", .exactGELU), .activation("silu", .silu),
    .activation("sigmoid", .sigmoid), .activation("tanh", .tanh), .activation("softplus", .softplus),
    .activation("log_sigmoid", .logSigmoid),
    GoldenOperation("exp") { x, _ in activate(x[0] * 0.125, .exponential) },
    GoldenOperation("linear", ["x", "w", "b"]) { x, _ in linear(x[0], x[1], x[2]) },
    GoldenOperation("linear3d", ["x", "w", "b"]) { x, _ in linear(x[0], x[1], x[2]) },
    GoldenOperation("matmul", ["a", "b"]) { x, _ in
        concatenateRows(
            (0..<3).map { batch in
                product(rows(x[0], 4 * batch..<4 * batch + 4), rows(x[1], 5 * batch..<5 * batch + 5))
            })
    },
    GoldenOperation("layernorm", ["x", "w", "b"]) { x, _ in normalise(x[0], gain: x[1], bias: x[2]) },
    GoldenOperation("layernorm_nobias", ["x", "w"]) { x, _ in normalise(x[0], gain: x[1]) },
    GoldenOperation("rmsnorm", ["x", "w"]) { x, _ in
        normalise(x[0], gain: x[1], kind: .rootMeanSquare, epsilon: 1e-6)
    },
    GoldenOperation("softmax") { x, _ in softmax(x[0]) },
    GoldenOperation("log_softmax") { x, _ in logSoftmax(x[0]) },
    GoldenOperation("cross_entropy_none") { x, golden in crossEntropy(x[0], try golden.integers("y")) },
    GoldenOperation("cross_entropy_sum") { x, golden in sum(crossEntropy(x[0], try golden.integers("y"))) },
    GoldenOperation("cross_entropy_mean") { x, golden in mean(crossEntropy(x[0], try golden.integers("y"))) },
    GoldenOperation("cross_entropy_smooth") { x, golden in
        var targets = Tensor(repeating: 0.1 / 9, shape: x[0].shape)
        for (row, label) in try golden.integers("y").enumerated() { targets[row * 9 + Int(label)] += 0.9 }
        return mean(crossEntropy(x[0], targets: targets))
    },
    GoldenOperation("bce_with_logits") { x, golden in
        sum(binaryCrossEntropy(x[0], try golden.tensor("y"))) * (1 / 30)
    },
    GoldenOperation("mse") { x, golden in sum(squaredError(x[0], try golden.tensor("y"))) * (1 / 12) },
    GoldenOperation("kl_normal", ["mu", "lv"]) { x, _ in
        mean(divergenceFromStandardNormal(mean: x[0], logVariance: x[1]))
    },
    GoldenOperation("embedding", ["w"]) { x, golden in embedding(try golden.integers("i"), x[0]) },
]

@Suite("Primitives agree with PyTorch in double precision") struct GoldenOperationTests {
    @Test("outputs and gradients", arguments: operations)
    private func agrees(_ operation: GoldenOperation) throws {
        let golden = try Golden("operations")[operation.name]
        let tape = Tape(.summed)
        let leaves = try operation.inputs.map { tape.variable(try golden.tensor($0)) }
        let output = try operation.compute(leaves, golden)
        expectClose(output.value, try golden.doubles("out"), "output", tolerance: operation.tolerance)
        tape.backward(from: output, seed: try golden.tensor("cot").reshaped(output.shape))
        for (name, leaf) in zip(operation.inputs, leaves) {
            expectClose(
                tape.gradient(of: leaf), try golden.doubles("d\(name)"), "gradient of \(name)",
                tolerance: operation.tolerance)
        }
    }

    /// The golden layout is [sequence, head, position, channel], ours [sequence·position, (Q, K, V)·head·channel].
    @Test("attention", arguments: [("attention_causal", true), ("attention_full", false)])
    func attentionAgrees(_ name: String, _ isCausal: Bool) throws {
        let golden = try Golden("operations")[name]
        let shape = AttentionShape(sequences: 2, length: 6, heads: 3, width: 12, isCausal: isCausal)
        func packed(_ parts: [String]) throws -> Tensor {
            let sources = try parts.map(golden.doubles)
            var result = Tensor.zeros([12, 12 * parts.count])
            for (part, source) in sources.enumerated() {
                for (index, value) in source.enumerated() {
                    let (channel, position) = (index % 4, index / 4 % 6)
                    let (head, sequence) = (index / 24 % 3, index / 72)
                    let row = sequence * 6 + position
                    result[row * 12 * parts.count + part * 12 + head * 4 + channel] = Float(value)
                }
            }
            return result
        }
        let tape = Tape(.summed)
        let input = tape.variable(try packed(["q", "k", "v"]))
        let output = attention(input, shape)
        expectClose(output.value, try packed(["out"]), "output")
        tape.backward(from: output, seed: try packed(["cot"]))
        expectClose(tape.gradient(of: input), try packed(["dq", "dk", "dv"]), "gradient")
    }
}
