import Autograd
import Mechanisms
import Tensors

/// The per-example gradients of a two-layer regression on records of very different sizes.
func tinyGradients(_ records: Tensor) -> PerExampleGradients {
    let random = RandomStream(seed: 11)
    let tape = Tape(.perExample(count: records.rows))
    let hidden = linear(
        tape.constant(records), tape.parameter("hidden.weight", random["hidden"].normalTensor([5, records.columns])),
        tape.parameter("hidden.bias", .zeros([5])), .tanh)
    let output = linear(hidden, tape.parameter("output.weight", random["output"].normalTensor([2, 5])))
    tape.backward(from: squaredError(output, .zeros([records.rows, 2])))
    return tape.perExampleGradients()
}

/// Records [count, 3] whose gradients' norms spread over orders of magnitude.
func tinyRecords(_ count: Int, seed: UInt64 = 3) -> Tensor {
    var records = RandomStream(seed: seed).normalTensor([count, 3])
    records.scaleRows(by: (0..<count).map { 0.05 * Float($0 + 1) })
    return records
}

/// The clipped sum as a value: released without noise, which only a test can do.
func value(_ sum: consuming BoundedSum) -> Parameters {
    sum.released(noiseMultiplier: 0, noise: .seeded(RandomStream(seed: 0)))
}

/// ‖a − b‖₂ over all parameters.
func distance(_ a: Parameters, _ b: Parameters) -> Double {
    a.names.reduce(0) { $0 + (a[$1] - b[$1]).squaredNorm() }.squareRoot()
}
