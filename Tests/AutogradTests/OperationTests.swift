import Autograd
import Tensors
import Testing

private let labels: [Int32] = [2, 0, 6, 3, 3]
private let probabilities = Tensor(RandomStream(seed: 3).uniforms(35), shape: [5, 7])

/// Every primitive, one line each; values lie away from kinks.
private let operations: [Operation] = [
    Operation("add", [[3, 5], [3, 5]]) { $0[0] + $0[1] },
    Operation("subtract", [[3, 5], [3, 5]]) { $0[0] - $0[1] },
    Operation("multiply", [[3, 5], [3, 5]]) { $0[0] * $0[1] },
    Operation("square", [[3, 5]]) { $0[0] * $0[0] },
    Operation("scale", [[4]]) { $0[0] * -2.5 },
    Operation("shift", [[4]]) { $0[0] + 3 },
    Operation("dropout", [[7, 9]]) { dropout($0[0], rate: 0.4, random: RandomStream(seed: 1)) },
    Operation("linear", [[6, 17], [5, 17], [5]]) { linear($0[0], $0[1], $0[2]) },
    Operation("linear without bias", [[6, 3], [5, 3]]) { linear($0[0], $0[1]) },
    Operation("linear + tanh", [[6, 3], [18, 3], [18]]) { linear($0[0], $0[1], $0[2], .tanh) },
    Operation("linear + GELU", [[6, 3], [18, 3], [18]]) { linear($0[0], $0[1], $0[2], .gelu) },
    Operation("linear + sigmoid", [[1, 3], [4, 3], [4]]) { linear($0[0], $0[1], $0[2], .sigmoid) },
    Operation("product", [[4, 7], [7, 3]]) { product($0[0], $0[1]) },
    Operation("embedding", [[5, 3]]) { embedding([4, 0, 4, 1], $0[0]) },
    Operation("positions", [[6, 5], [4, 5]]) { addPositions($0[0], $0[1], length: 3) },
    Operation("layer norm", [[4, 19], [19], [19]]) { normalise($0[0], gain: $0[1], bias: $0[2]) },
    Operation("RMS norm", [[4, 19], [19]]) { normalise($0[0], gain: $0[1], kind: .rootMeanSquare) },
    Operation("causal attention", [[10, 24]]) {
        attention($0[0], AttentionShape(sequences: 2, length: 5, heads: 2, width: 8))
    },
    Operation("full attention", [[10, 24]]) {
        attention($0[0], AttentionShape(sequences: 2, length: 5, heads: 4, width: 8, isCausal: false))
    },
    Operation("softmax", [[3, 18]]) { softmax($0[0]) },
    Operation("log-softmax", [[3, 18]]) { logSoftmax($0[0]) },
    Operation("row sums", [[3, 18]]) { rowSums($0[0]) },
    Operation("sum", [[3, 18]]) { sum($0[0]) },
    Operation("mean", [[3, 18]]) { mean($0[0]) },
    Operation("reshape", [[3, 8]]) { reshape($0[0], [4, 6]) },
    Operation("transpose", [[3, 8]]) { transpose($0[0]) },
    Operation("columns", [[3, 8]]) { columns($0[0], 2..<5) },
    Operation("rows", [[6, 4]]) { rows($0[0], 1..<3) },
    Operation("concatenate columns", [[3, 2], [3, 17]]) { concatenateColumns([$0[0], $0[1], $0[0]]) },
    Operation("concatenate rows", [[2, 3], [4, 3]]) { concatenateRows([$0[1], $0[0], $0[1]]) },
    Operation("cross-entropy", [[5, 7]]) { crossEntropy($0[0], labels) },
    Operation("soft cross-entropy", [[5, 7]]) { crossEntropy($0[0], targets: probabilities) },
    Operation("binary cross-entropy", [[5, 7]]) { binaryCrossEntropy($0[0], probabilities) },
    Operation("squared error", [[5, 7]]) { squaredError($0[0], probabilities) },
    Operation("divergence from the standard normal", [[5, 7], [5, 7]]) {
        divergenceFromStandardNormal(mean: $0[0], logVariance: $0[1])
    },
]

private let activations: [Activation] = [
    .identity, .relu, .leakyReLU(slope: 0.2), .elu, .gelu, .exactGELU, .silu, .tanh, .sigmoid, .softplus, .logSigmoid,
    .exponential,
]

/// Every primitive with parameters, one line each.
private let parameterised: [ParameterisedOperation] = [
    ParameterisedOperation("linear", data: [4, 7], parameters: [[5, 7], [5]]) { x, p, _ in linear(x, p[0], p[1]) },
    ParameterisedOperation("linear + GELU", data: [4, 7], parameters: [[5, 7], [5]]) { x, p, _ in
        linear(x, p[0], p[1], .gelu)
    },
    ParameterisedOperation("short sequence, by Gram", data: [8, 20], parameters: [[18, 20], [18]]) { x, p, _ in
        linear(x, p[0], p[1])
    },
    ParameterisedOperation("long sequence, by instantiation", data: [36, 3], parameters: [[2, 3], [2]]) { x, p, _ in
        linear(x, p[0], p[1])
    },
    ParameterisedOperation("embedding", data: [4, 1], parameters: [[6, 3]]) { _, p, range in
        let tokens: [Int32] = [0, 5, 5, 1, 1, 1, 2, 3, 4, 5, 0, 5]
        return embedding(Array(tokens[range.lowerBound * 3..<range.upperBound * 3]), p[0])
    },
    ParameterisedOperation("positions", data: [12, 5], parameters: [[4, 5]]) { x, p, _ in
        addPositions(x, p[0], length: 3)
    },
    ParameterisedOperation("layer norm", data: [12, 9], parameters: [[9], [9]]) { x, p, _ in
        normalise(x, gain: p[0], bias: p[1])
    },
    ParameterisedOperation("RMS norm", data: [4, 9], parameters: [[9]]) { x, p, _ in
        normalise(x, gain: p[0], kind: .rootMeanSquare)
    },
    ParameterisedOperation("two layers", data: [4, 6], parameters: [[8, 6], [8], [3, 8], [3]]) { x, p, _ in
        linear(linear(x, p[0], p[1], .tanh), p[2], p[3])
    },
    ParameterisedOperation("one weight twice in a row", data: [4, 6], parameters: [[6, 6], [6]]) { x, p, _ in
        linear(linear(x, p[0], p[1], .tanh), p[0], p[1])
    },
    ParameterisedOperation(
        "real and fake through one discriminator", data: [4, 6], parameters: [[5, 6], [5], [1, 5]]
    ) {
        x, p, range in
        let fakes = Tensor(RandomStream(seed: 12).uniforms(24), shape: [4, 6]).rows(range)
        func score(_ x: Variable) -> Variable { linear(linear(x, p[0], p[1], .leakyReLU(slope: 0.2)), p[2]) }
        return activate(score(x), .softplus) + activate(score(x.tape.constant(fakes)), .logSigmoid)
    },
    ParameterisedOperation("real and fake sequences, joined by Gram", data: [8, 20], parameters: [[18, 20]]) {
        x, p, range in
        let fakes = Tensor(RandomStream(seed: 12).uniforms(160), shape: [8, 20])
        let part = fakes.rows(2 * range.lowerBound..<2 * range.upperBound)
        return linear(x, p[0], nil, .tanh) + linear(x.tape.constant(part), p[0], nil, .sigmoid)
    },
    ParameterisedOperation("embedding tied to the head", data: [4, 1], parameters: [[6, 3]]) { _, p, range in
        let tokens: [Int32] = [0, 5, 5, 1, 1, 1, 2, 3, 4, 5, 0, 5]
        let part = Array(tokens[range.lowerBound * 3..<range.upperBound * 3])
        return linear(activate(embedding(part, p[0]), .tanh), p[0])
    },
]

@Suite("Every primitive keeps its contract") struct OperationTests {
    @Test("gradients agree with finite differences", arguments: operations)
    func gradients(_ operation: Operation) { operation.checkGradients() }

    @Test("activations' gradients agree with finite differences", arguments: activations)
    func activationGradients(_ activation: Activation) {
        // At least 0.05 from the kink; steps are at most 1/64.
        Operation("\(activation)", [[5, 19]], scale: 3, away: 0.05) { activate($0[0], activation) }.checkGradients()
    }

    @Test("per-example gradients agree with one backward pass per example", arguments: parameterised)
    func perExample(_ operation: ParameterisedOperation) { operation.checkPerExample() }

    @Test("an empty batch has a gradient sum of zero", arguments: parameterised)
    func empty(_ operation: ParameterisedOperation) {
        ParameterisedOperation(
            operation.name, examples: 0, data: [0] + operation.data.shape.dropFirst(),
            parameters: operation.parameters.map(\.shape), operation.compute
        ).checkEmpty()
    }
}
