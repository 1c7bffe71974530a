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
    var z = matmul(x.value, w.value, transposing: .right)
    if let b { z.addToRows(b.value) }
    let input = activation.derivativeNeedsInput ? z : nil
    activation.apply(to: &z)
    let saved = activation == .identity ? nil : input ?? z
    return tape.record(z, [x, w] + (b.map { [$0] } ?? [])) { dy in
        let dz = saved.map { activation.gradient(dy, saved: $0) } ?? dy
        linearWeightGradient(tape, x.value, dz, w, b)
        if x.id != nil { tape.accumulate(matmul(dz, w.value), into: x) }
    }
}

private func linearWeightGradient(_ tape: Tape, _ x: Tensor, _ dz: Tensor, _ w: Variable, _ b: Variable?) {
    if tape.wantsFactors(w) {
        tape.keep(LinearFactor(input: x, gradient: dz, mode: tape.mode), for: w)
    } else {
        tape.accumulate(into: w) { gemm(dz, x, transposing: .left, into: &$0, beta: $1) }
    }
    if let b { keepRowSums(tape, dz, for: b) }
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
        var weighted = gradient
        weighted.scaleRows(by: weights.flatMap { [Float](repeating: $0, count: time) })
        gemm(weighted, input, transposing: .left, into: &sum, beta: 1)
    }

    /// ‖a‖²‖b‖² for one step of time; ⟨AAᵀ, BBᵀ⟩ while that is cheaper than building BᵀA (Li et al., ICLR 2022).
    func squaredNorms() -> [Float]? {
        if time == 1 { return (input.rowSquaredNorms() * gradient.rowSquaredNorms()).values }
        guard time * (input.columns + gradient.columns) < input.columns * gradient.columns else { return nil }
        var (left, right) = (Tensor.zeros([time, time]), Tensor.zeros([time, time]))
        return (0..<examples).map { example in
            let range = example * time..<(example + 1) * time
            let (a, b) = (input.rows(range), gradient.rows(range))
            gemm(a, a, transposing: .right, into: &left)
            gemm(b, b, transposing: .right, into: &right)
            // Rounding may leave a tiny negative number where the gradient vanishes.
            return max(0, Float((left * right).sum()))
        }
    }
}
