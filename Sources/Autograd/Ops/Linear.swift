public import Tensors

/// Returns f(x·wᵀ + b), the affine map of each row followed by an activation.
///
/// - Shapes: x [rows, in], w [out, in], b [out] → [rows, out]. With per-example factors, rows is a multiple of the
///   number of examples and the rows of an example are consecutive.
/// - Complexity: O(rows·in·out), one `sgemm` forward and two backward.
public func linear(_ x: Variable, _ w: Variable, _ b: Variable? = nil, _ activation: Activation = .identity)
    -> Variable
{
    let tape = x.tape
    let (y, input) = Affine.forward(
        x.value, w.value, b?.value, activation, keepsInput: activation.derivativeNeedsInput && tape.mode != .inference)
    let saved = activation == .identity ? nil : input ?? y
    return tape.record(y, [x, w] + (b.map { [$0] } ?? [])) { dz in
        let sumsRows = b.map { $0.id != nil && !tape.wantsFactors($0) } ?? false
        let sum = Affine.gradient(&dz, saved: saved, activation, sumsRows: sumsRows)
        if let b { keepBiasGradient(tape, sum, dz, for: b) }
        if tape.wantsFactors(w) {
            tape.keep(LinearFactor(input: x.value, gradient: dz, mode: tape.mode), for: w)
        } else {
            tape.accumulate(into: w) { gemm(dz, x.value, transposing: .left, into: &$0, beta: $1) }
        }
        if x.id != nil { tape.accumulate(into: x) { gemm(dz, w.value, into: &$0, beta: $1) } }
    }
}

/// Gives a bias the sum of the rows of dz if it has been taken, else per example.
func keepBiasGradient(_ tape: Tape, _ sum: Tensor?, _ dz: Tensor, for bias: Variable) {
    if let sum { tape.accumulate(sum, into: bias) } else { keepRowSums(tape, dz, for: bias) }
}

/// The factors (A, B) of a weight [out, in]: example i contributes BᵢᵀAᵢ with Aᵢ [time, in] and Bᵢ [time, out].
struct LinearFactor: PerExampleFactor {
    let input: Tensor
    let gradient: Tensor
    let time: Int

    init(input: Tensor, gradient: Tensor, mode: Tape.Mode) {
        self.input = input
        self.gradient = gradient
        guard case .perExample(let count) = mode else { preconditionFailure("factors in mode \(mode)") }
        time = count > 0 ? gradient.rows / count : 1
    }

    private init(input: Tensor, gradient: Tensor, time: Int) {
        self.input = input
        self.gradient = gradient
        self.time = time
    }

    private var examples: Int { gradient.rows / time }

    /// Concatenates linear factors along time; `nil` when another kind is among them.
    static func joined(_ factors: [any PerExampleFactor]) -> LinearFactor? {
        let linear = factors.compactMap { $0 as? LinearFactor }
        guard linear.count == factors.count, let first = linear.first else { return nil }
        let order = (0..<first.examples).flatMap { example in
            var offset = 0
            return linear.flatMap { factor -> [Int] in
                defer { offset += factor.gradient.rows }
                return (0..<factor.time).map { offset + example * factor.time + $0 }
            }
        }
        return LinearFactor(
            input: Tensor.concatenatedRows(linear.map(\.input)).gatherRows(order),
            gradient: Tensor.concatenatedRows(linear.map(\.gradient)).gatherRows(order),
            time: linear.reduce(0) { $0 + $1.time })
    }

    func add(example index: Int, to sum: inout Tensor) {
        let range = index * time..<(index + 1) * time
        gemm(gradient.rows(range), input.rows(range), transposing: .left, into: &sum, beta: 1)
    }

    func addWeightedSum(_ weights: [Float], to sum: inout Tensor) {
        let weighted = gradient.scaledRows(by: weights, each: time)
        gemm(weighted, input, transposing: .left, into: &sum, beta: 1)
    }

    func squaredNorms() -> [Float]? { ExampleGradients.squaredNorms(input, gradient, time: time) }

    var cost: FactorCost? {
        let size = input.columns * gradient.columns
        // With one row the norm is a product of two.
        let norm =
            time == 1 ? input.columns + gradient.columns : time * min(time * (input.columns + gradient.columns), size)
        return FactorCost(norm: norm, sum: time * size, building: time * size, size: size)
    }
    func built() -> (rows: Tensor, squaredNorms: [Float])? { ExampleGradients.built(input, gradient, time: time) }
}
