import Autograd
import Tensors
import Testing

private let labels: [Int32] = [2, 0, 6, 3, 3]
private let probabilities = Tensor(RandomStream(seed: 3).uniforms(35), shape: [5, 7])

private let statistics = ChannelStatistics(mean: Tensor([0.5, -1, 0]), variance: Tensor([2, 0.3, 1]))

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
    Operation("batch norm", [[6, 19], [19], [19]]) {
        batchNormalise($0[0], gain: $0[1], bias: $0[2], observing: "")
    },
    Operation("batch norm by given statistics", [[6, 3], [3], [3]]) {
        batchNormalise($0[0], gain: $0[1], bias: $0[2], by: statistics)
    },
    Operation("group norm", [[2, 3, 18], [18], [18]]) {
        groupNormalise($0[0], gain: $0[1], bias: $0[2], groups: 3)
    },
    Operation("causal attention", [[10, 24]]) {
        attention($0[0], AttentionShape(sequences: 2, length: 5, heads: 2, width: 8))
    },
    Operation("full attention", [[10, 24]]) {
        attention($0[0], AttentionShape(sequences: 2, length: 5, heads: 4, width: 8, isCausal: false))
    },
    Operation("rotary positions", [[10, 24]]) {
        rotate($0[0], RotaryPositions(length: 5, heads: 2, width: 8), length: 5)
    },
    Operation("convolution", [[2, 5, 6, 3], [4, 3, 2, 3], [4]]) {
        convolution($0[0], $0[1], $0[2], stride: Extent(2, 1), padding: 1)
    },
    Operation("convolution + tempered sigmoid", [[2, 4, 4, 2], [3, 2, 2, 2], [3]]) {
        convolution(
            $0[0], $0[1], $0[2], stride: 2, padding: 1, .temperedSigmoid(scale: 1.6, temperature: 3, offset: 0.7))
    },
    Operation("dilated convolution in groups + GELU", [[2, 6, 6, 4], [6, 3, 3, 2], [6]]) {
        convolution($0[0], $0[1], $0[2], padding: 1, dilation: 2, groups: 2, .gelu)
    },
    Operation("convolution of one pixel", [[2, 3, 4, 5], [3, 1, 1, 5]]) { convolution($0[0], $0[1], nil, .tanh) },
    Operation("transposed convolution", [[2, 3, 4, 3], [3, 3, 3, 5], [5]]) {
        transposedConvolution($0[0], $0[1], $0[2], stride: Extent(2, 3), padding: 1, outputPadding: Extent(1, 2))
    },
    Operation("transposed convolution in groups + tanh", [[2, 3, 4, 4], [4, 3, 3, 3], [6]]) {
        transposedConvolution($0[0], $0[1], $0[2], dilation: 2, groups: 2, .tanh)
    },
    Operation("transposed convolution of one pixel", [[3, 1, 1, 6], [6, 4, 3, 2], [2]]) {
        transposedConvolution($0[0], $0[1], $0[2], .sigmoid)
    },
    Operation("average pooling", [[2, 5, 4, 18]]) { averagePool($0[0], 3, stride: Extent(2, 1), padding: 1) },
    Operation("global average pooling", [[2, 3, 4, 5]]) { globalAveragePool($0[0]) },
    Operation("nearest pixels", [[2, 3, 4, 3]]) { upsample($0[0], by: Extent(2, 3)) },
    Operation("bilinear pixels", [[2, 5, 4, 17]]) { resample($0[0], to: Extent(7, 3), .bilinear) },
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

/// Rows, one or several images to each example, as images.
private func images(_ x: Variable, _ shape: [Int]) -> Variable { reshape(x, [x.value.rows] + shape) }

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
    ParameterisedOperation("rotated projection", data: [12, 5], parameters: [[24, 5]]) { x, p, _ in
        let positions = RotaryPositions(length: 3, heads: 2, width: 8)
        return attention(
            rotate(linear(x, p[0]), positions, length: 3),
            AttentionShape(sequences: x.value.rows / 3, length: 3, heads: 2, width: 8))
    },
    ParameterisedOperation("layer norm", data: [12, 9], parameters: [[9], [9]]) { x, p, _ in
        normalise(x, gain: p[0], bias: p[1])
    },
    ParameterisedOperation("RMS norm", data: [4, 9], parameters: [[9]]) { x, p, _ in
        normalise(x, gain: p[0], kind: .rootMeanSquare)
    },
    ParameterisedOperation("RMS norm of sequences", data: [12, 9], parameters: [[9]]) { x, p, _ in
        normalise(x, gain: p[0], kind: .rootMeanSquare)
    },
    ParameterisedOperation("layer norm twice in a row", data: [12, 9], parameters: [[9], [9]]) { x, p, _ in
        normalise(normalise(x, gain: p[0], bias: p[1]), gain: p[0], bias: p[1])
    },
    ParameterisedOperation("group norm of several images per example", data: [8, 30], parameters: [[6], [6]]) {
        x, p, _ in groupNormalise(images(x, [5, 6]), gain: p[0], bias: p[1], groups: 3)
    },
    ParameterisedOperation("positions of several windows per example", data: [24, 5], parameters: [[4, 5]]) {
        x, p, _ in activate(addPositions(x, p[0], length: 3), .tanh)
    },
    ParameterisedOperation("an attention block", data: [12, 8], parameters: [[8], [8], [24, 8], [24], [8, 8], [8]]) {
        x, p, _ in
        let packed = linear(normalise(x, gain: p[0], bias: p[1]), p[2], p[3])
        let shape = AttentionShape(sequences: x.value.rows / 3, length: 3, heads: 2, width: 8)
        return x + linear(attention(packed, shape), p[4], p[5])
    },
    ParameterisedOperation("group norm", data: [4, 5, 6], parameters: [[6], [6]]) { x, p, range in
        groupNormalise(reshape(x, [range.count, 5, 6]), gain: p[0], bias: p[1], groups: 2)
    },
    ParameterisedOperation("batch norm by given statistics", data: [12, 3], parameters: [[3], [3]]) { x, p, _ in
        batchNormalise(x, gain: p[0], bias: p[1], by: statistics)
    },
    ParameterisedOperation("convolution, by instantiation", data: [4, 60], parameters: [[4, 3, 3, 2], [4]]) { x, p, _ in
        convolution(images(x, [5, 6, 2]), p[0], p[1], stride: 2, padding: 1)
    },
    ParameterisedOperation(
        "convolution + tempered sigmoid + overlapping pooling", data: [4, 60], parameters: [[4, 3, 3, 2], [4]]
    ) { x, p, _ in
        let tempered = Activation.temperedSigmoid(scale: 1.6, temperature: 3, offset: 0.7)
        return maxPool(convolution(images(x, [5, 6, 2]), p[0], p[1], padding: 1, tempered), 2, stride: 1)
    },
    ParameterisedOperation("convolution, by Gram", data: [4, 72], parameters: [[16, 2, 2, 4], [16]]) { x, p, _ in
        convolution(images(x, [3, 3, 8]), p[0], p[1], groups: 2, .gelu)
    },
    ParameterisedOperation("transposed convolution", data: [4, 36], parameters: [[3, 4, 4, 2], [2]]) { x, p, _ in
        transposedConvolution(images(x, [4, 3, 3]), p[0], p[1], stride: 2, padding: 1, .tanh)
    },
    ParameterisedOperation("transposed convolution of one pixel", data: [4, 6], parameters: [[6, 3, 3, 5], [5]]) {
        x, p, _ in transposedConvolution(images(x, [1, 1, 6]), p[0], p[1])
    },
    ParameterisedOperation("several images per example", data: [8, 32], parameters: [[3, 3, 3, 2], [3]]) { x, p, _ in
        convolution(images(x, [4, 4, 2]), p[0], p[1], padding: 1)
    },
    ParameterisedOperation(
        "dilated convolution in groups, by instantiation", data: [4, 144], parameters: [[6, 3, 3, 2], [6]]
    ) { x, p, _ in
        convolution(images(x, [6, 6, 4]), p[0], p[1], padding: 1, dilation: 2, groups: 2, .gelu)
    },
    ParameterisedOperation(
        "dilated convolution in groups, by Gram", data: [4, 96], parameters: [[16, 2, 2, 4], [16]]
    ) {
        x, p, _ in convolution(images(x, [3, 4, 8]), p[0], p[1], dilation: 2, groups: 2, .tanh)
    },
    ParameterisedOperation("a convolution with fewer products", data: [4, 1024], parameters: [[16, 3, 3, 16], [16]]) {
        x, p, _ in convolution(images(x, [8, 8, 16]), p[0], p[1], padding: 1, .tanh)
    },
    ParameterisedOperation("several images per example, by Gram", data: [8, 32], parameters: [[16, 2, 2, 8], [16]]) {
        x, p, _ in convolution(images(x, [2, 2, 8]), p[0], p[1], .tanh)
    },
    ParameterisedOperation("transposed convolution in groups", data: [4, 48], parameters: [[4, 3, 3, 3], [6]]) {
        x, p, _ in
        transposedConvolution(images(x, [3, 4, 4]), p[0], p[1], stride: 2, outputPadding: 1, groups: 2, .tanh)
    },
    ParameterisedOperation(
        "dilated transposed convolution of several images per example", data: [8, 12], parameters: [[3, 2, 2, 5], [5]]
    ) { x, p, _ in
        transposedConvolution(images(x, [2, 2, 3]), p[0], p[1], padding: 1, dilation: 2, .tanh)
    },
    ParameterisedOperation("real and fake images of two sizes", data: [4, 32], parameters: [[3, 3, 3, 2], [3]]) {
        x, p, range in
        let fakes = Tensor(RandomStream(seed: 12).uniforms(288), shape: [4, 72]).rows(range)
        func score(_ x: Variable, _ shape: [Int]) -> Variable {
            let features = convolution(images(x, shape), p[0], p[1], padding: 1, .tanh)
            return reshape(rowSums(reshape(features, [range.count, shape[0] * shape[1] * 3])), [range.count, 1])
        }
        return score(x, [4, 4, 2]) + score(x.tape.constant(fakes), [6, 6, 2])
    },
    ParameterisedOperation(
        "a kernel of one pixel, as convolution and as its transpose", data: [4, 24], parameters: [[3, 1, 1, 3]]
    ) {
        x, p, _ in transposedConvolution(convolution(images(x, [2, 4, 3]), p[0], nil, .tanh), p[0])
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
    ParameterisedOperation("embedding tied to the head, kept", data: [4, 1], parameters: [[6, 3]]) { _, p, range in
        let tokens = RandomStream(seed: 14).words(160).map { Int32($0 % 6) }
        let part = Array(tokens[range.lowerBound * 40..<range.upperBound * 40])
        return linear(activate(embedding(part, p[0]), .tanh), p[0])
    },
    ParameterisedOperation("embedding tied to two heads", data: [4, 1], parameters: [[6, 3]]) { _, p, range in
        let tokens: [Int32] = [0, 5, 5, 1, 1, 1, 2, 3, 4, 5, 0, 5]
        let part = Array(tokens[range.lowerBound * 3..<range.upperBound * 3])
        let x = embedding(part, p[0])
        return linear(activate(x, .tanh), p[0]) + linear(activate(x, .sigmoid), p[0])
    },
    ParameterisedOperation("two embeddings tied to a head", data: [4, 1], parameters: [[6, 3]]) { _, p, range in
        let tokens: [Int32] = [0, 5, 5, 1, 1, 1, 2, 3, 4, 5, 0, 5]
        let part = Array(tokens[range.lowerBound * 3..<range.upperBound * 3])
        return linear(activate(embedding(part, p[0]) + embedding(part.map { 5 - $0 }, p[0]), .tanh), p[0])
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

    @Test("maximum pooling's gradient agrees with finite differences") func maximumGradients() {
        // Of whole numbers no two of which are equal the largest stays the largest.
        Operation("maximum pooling", [[2, 5, 4, 18]]) { x in
            let order = RandomStream(seed: 4)["order"].permutation(720)
            let apart = x[0].tape.constant(Tensor(order.map(Float.init), shape: [2, 5, 4, 18]))
            return maxPool(x[0] * 0.25 + apart, 3, stride: Extent(2, 1), padding: 1) + (-360)
        }.checkGradients()
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
