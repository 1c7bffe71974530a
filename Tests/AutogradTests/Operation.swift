import Autograd
import Tensors
import TestSupport
import Testing

/// A differentiable operation under contract; a new primitive is checked by one line in `OperationTests`.
struct Operation: Sendable, CustomTestStringConvertible {
    let name: String
    let inputs: [Tensor]
    let compute: @Sendable ([Variable]) -> Variable

    var testDescription: String { name }

    /// Draws inputs uniform in ±scale; `away` keeps them at least so far from zero, where a kink may lie.
    init(
        _ name: String, _ shapes: [[Int]], scale: Float = 1, away: Float = 0,
        _ compute: @escaping @Sendable ([Variable]) -> Variable
    ) {
        self.name = name
        self.compute = compute
        inputs = shapes.enumerated().map { index, shape in
            let drawn = gridTensor(shape, RandomStream(seed: 5)[name][index], scale: scale)
            return Tensor(drawn.values.map { $0 < 0 ? $0 - away : $0 + away }, shape: shape)
        }
    }

    /// Compares forward and backward with finite differences of Σ cotangent·output.
    func checkGradients(sourceLocation: SourceLocation = #_sourceLocation) {
        let tape = Tape(.summed)
        let leaves = inputs.map(tape.variable)
        let output = compute(leaves)
        let cotangent = gridTensor(output.shape, RandomStream(seed: 6)[name])
        tape.backward(from: output, seed: cotangent)
        expectGradients(leaves.map(tape.gradient), of: inputs, name, sourceLocation: sourceLocation) { moved in
            let tape = Tape(.inference)
            return compute(moved.map(tape.constant)).value.inner(cotangent)
        }
        // The same leaf used twice receives both gradients.
        let twice = Tape(.summed)
        let shared = inputs.map(twice.variable)
        twice.backward(from: compute(shared) + compute(shared), seed: cotangent)
        for (leaf, once) in zip(shared, leaves) {
            expectClose(
                twice.gradient(of: leaf), tape.gradient(of: once) * 2, "\(name), used twice",
                sourceLocation: sourceLocation)
        }
    }
}

/// An operation with parameters, whose per-example factors are under contract.
struct ParameterisedOperation: Sendable, CustomTestStringConvertible {
    let name: String
    let examples: Int
    let data: Tensor
    let parameters: [Tensor]
    /// Maps the data of some examples and the parameters to output rows, given those examples' numbers.
    let compute: @Sendable (Variable, [Variable], Range<Int>) -> Variable

    var testDescription: String { name }

    /// Data of shape [examples·rows, …], `rows` of them per example.
    init(
        _ name: String, examples: Int = 4, data: [Int], parameters: [[Int]],
        _ compute: @escaping @Sendable (Variable, [Variable], Range<Int>) -> Variable
    ) {
        self.name = name
        self.examples = examples
        self.compute = compute
        let random = RandomStream(seed: 8)[name]
        self.data = gridTensor(data, random["data"])
        self.parameters = parameters.enumerated().map { gridTensor($1, random["parameters"][$0]) }
    }

    private func run(_ mode: Tape.Mode, _ range: Range<Int>, _ cotangent: Tensor?) -> (tape: Tape, output: Variable) {
        let tape = Tape(mode)
        let rows = data.rows / max(examples, 1)
        let part = data.rows(range.lowerBound * rows..<range.upperBound * rows)
        let leaves = parameters.enumerated().map { tape.parameter("\($0)", $1) }
        let output = compute(tape.constant(part), leaves, range)
        let outputRows = range.isEmpty ? 0 : output.value.rows / range.count
        let seed = cotangent.map { $0.rows(range.lowerBound * outputRows..<range.upperBound * outputRows) }
        tape.backward(from: output, seed: seed ?? .zeros(output.shape))
        return (tape, output)
    }

    /// Compares explicit, norms and weightedSum with one backward pass per example and with the summed gradient.
    func checkPerExample(sourceLocation: SourceLocation = #_sourceLocation) {
        let all = 0..<examples
        let cotangent = gridTensor(run(.inference, all, nil).output.shape, RandomStream(seed: 9)[name])
        let summed = run(.summed, all, cotangent).tape.parameterGradients()
        let gradients = run(.perExample(count: examples), all, cotangent).tape.perExampleGradients()
        let explicit = gradients.explicit()
        #expect(explicit.count == examples, sourceLocation: sourceLocation)
        for example in all {
            let alone = run(.summed, example..<example + 1, cotangent).tape.parameterGradients()
            for name in alone.names {
                expectClose(
                    explicit[example][name], alone[name], "\(self.name) parameter \(name) of example \(example)",
                    sourceLocation: sourceLocation)
            }
        }
        expectClose(gradients.norms(), explicit.map(\.norm), "\(name) norms", sourceLocation: sourceLocation)
        let ones = gradients.weightedSum([Float](repeating: 1, count: examples))
        let weights = all.map { Float($0) / 2 - 0.7 }
        let weighted = gradients.weightedSum(weights)
        for name in summed.names {
            expectClose(
                ones[name], summed[name], "\(self.name) parameter \(name), sum", sourceLocation: sourceLocation)
            var expected = Tensor.zeros(summed[name].shape)
            for (gradient, weight) in zip(explicit, weights) { expected.add(gradient[name], times: weight) }
            expectClose(
                weighted[name], expected, "\(self.name) parameter \(name), weighted sum",
                sourceLocation: sourceLocation)
        }
    }

    /// An empty Poisson batch has no norms, and a sum of zero of the parameters' shapes.
    func checkEmpty(sourceLocation: SourceLocation = #_sourceLocation) {
        let gradients = run(.perExample(count: 0), 0..<0, nil).tape.perExampleGradients()
        #expect(gradients.norms().isEmpty && gradients.explicit().isEmpty, sourceLocation: sourceLocation)
        let sum = gradients.weightedSum([])
        for (index, parameter) in parameters.enumerated() {
            #expect(sum["\(index)"] == .zeros(parameter.shape), sourceLocation: sourceLocation)
        }
    }
}
