import Tensors

/// One operation's contribution to the gradients that each example has with respect to one parameter.
///
/// The sum of an example's contributions over all operations that used the parameter is its gradient gᵢ: tied weights,
/// the two terms of a discriminator and all windows of a document add up before any norm is taken.
protocol PerExampleFactor {
    /// Adds example `index`'s contribution.
    func add(example index: Int, to gradient: inout Tensor)
    /// Adds Σᵢ weightsᵢ·(contribution of example i).
    func addWeightedSum(_ weights: [Float], to gradient: inout Tensor)
    /// The squared norm of each example's contribution, if a way cheaper than building it exists.
    func squaredNorms() -> [Float]?
    /// What norms and sums cost; `nil` where there is nothing to choose.
    var cost: FactorCost? { get }
    /// Builds each example's contribution, one row each, with its squared norm; `nil` where `cost` is.
    func built() -> (rows: Tensor, squaredNorms: [Float])?
}

extension PerExampleFactor {
    var cost: FactorCost? { nil }
    func built() -> (rows: Tensor, squaredNorms: [Float])? { nil }
}

/// Contributions that are kept as they are, one row per example.
struct RowsFactor: PerExampleFactor {
    /// Shape [examples, parameter size].
    let rows: Tensor

    func add(example index: Int, to gradient: inout Tensor) {
        gradient.add(rows.rows(index..<index + 1).reshaped(gradient.shape))
    }
    func addWeightedSum(_ weights: [Float], to gradient: inout Tensor) {
        var flat = gradient.reshaped([1, gradient.count])
        gradient = Tensor.zeros([0])
        gemm(Tensor(weights, shape: [1, weights.count]), rows, into: &flat, beta: 1)
        gradient = flat
    }
    func squaredNorms() -> [Float]? { rows.rowSquaredNorms().values }
}

/// Gives a vector parameter the sum of rows, per example or over all.
func keepRowSums(_ tape: Tape, _ rows: Tensor, for parameter: Variable) {
    if tape.wantsFactors(parameter) {
        tape.keep(RowsFactor(rows: rows.groupSums(tape.rowsPerExample(rows))), for: parameter)
    } else {
        tape.accumulate(into: parameter) { rows.sumRows(into: &$0, beta: $1) }
    }
}

/// Gives a vector parameter sums over groups of rows: per example, or over pieces that are added up.
func keepGroupSums(_ tape: Tape, _ sums: Tensor, for parameter: Variable) {
    if tape.wantsFactors(parameter) {
        tape.keep(RowsFactor(rows: sums), for: parameter)
    } else {
        tape.accumulate(into: parameter) { sums.sumRows(into: &$0, beta: $1) }
    }
}

extension Tape {
    /// The groups of rows over which a vector parameter's gradient is summed: examples, or pieces of work.
    func rowGroups(_ tensor: Tensor, for parameter: Variable) -> Pieces {
        guard wantsFactors(parameter) else { return tensor.rowPieces }
        let size = rowsPerExample(tensor)
        return Pieces(groups: size > 0 ? tensor.rows / size : 0, of: size)
    }

    /// How many consecutive rows of `tensor` belong to one example.
    func rowsPerExample(_ tensor: Tensor) -> Int {
        guard case .perExample(let count) = mode, count > 0 else { return max(tensor.rows, 1) }
        precondition(tensor.rows % count == 0, "\(tensor.rows) rows for \(count) examples")
        return tensor.rows / count
    }
}

/// All contributions to one parameter.
struct FactorSet {
    let shape: [Int]
    let examples: Int
    private var factors: [any PerExampleFactor] = []
    /// All factors as one, with the cross terms between them; `nil` where they are of several kinds, or none.
    private var whole: (any PerExampleFactor)?
    /// Where built gradients are kept; `nil` where none are.
    private(set) var kept: KeptGradients?

    init(shape: [Int], examples: Int) {
        self.shape = shape
        self.examples = examples
    }

    mutating func append(_ factor: any PerExampleFactor) { factors.append(factor) }

    /// Puts all factors together, if they are of one kind, and asks for room to keep what is built of them.
    func joined(_ budget: inout GradientBudget) -> FactorSet {
        var result = self
        result.whole =
            factors.count == 1
            ? factors[0]
            : LinearFactor.joined(factors) ?? ConvolutionFactor.joined(factors) ?? TiedFactor.joined(factors)
        if let cost = result.whole?.cost, cost.keepingPays, budget.take(floats: examples * cost.size) {
            result.kept = KeptGradients()
        }
        return result
    }

    /// ‖gᵢ‖² of each example, by the cheapest way that holds the cross terms between factors.
    func squaredNorms() -> [Float] {
        if let kept, let built = whole?.built() {
            kept.rows = built.rows
            return built.squaredNorms
        }
        return whole?.squaredNorms() ?? instantiatedSquaredNorms()
    }

    /// ‖gᵢ‖² by building one gradient after the other in one buffer.
    private func instantiatedSquaredNorms() -> [Float] {
        var scratch = Tensor.zeros(shape)
        return (0..<examples).map { example in
            scratch.scale(by: 0)
            for factor in factors { factor.add(example: example, to: &scratch) }
            return Float(scratch.squaredNorm())
        }
    }

    func weightedSum(_ weights: [Float]) -> Tensor {
        var sum = Tensor.zeros(shape)
        if let rows = kept?.rows {
            rows.addWeightedRows(weights, to: &sum)
            return sum
        }
        for factor in factors { factor.addWeightedSum(weights, to: &sum) }
        return sum.reshaped(shape)
    }

    func explicit() -> [Tensor] {
        (0..<examples).map { example in
            var gradient = Tensor.zeros(shape)
            for factor in factors { factor.add(example: example, to: &gradient) }
            return gradient
        }
    }
}

/// The gradients of each example's own loss, kept as factors.
///
/// Only `Mechanisms` may sum them, and only after clipping; hence `package`.
public struct PerExampleGradients {
    /// How many examples there are; 0 for an empty Poisson batch.
    public let examples: Int
    let sets: [(name: String, set: FactorSet)]

    init(examples: Int, sets: [(String, FactorSet)], budget: GradientBudget) {
        self.examples = examples
        var budget = budget
        self.sets = sets.map { ($0, $1.joined(&budget)) }
    }

    /// The Euclidean norm of each example's gradient over all parameters.
    package func norms() -> [Float] {
        var squares = [Float](repeating: 0, count: examples)
        for (_, set) in sets {
            for (example, square) in set.squaredNorms().enumerated() { squares[example] += square }
        }
        return squares.map { $0.squareRoot() }
    }

    /// Returns Σᵢ weightsᵢ·gᵢ.
    package func weightedSum(_ weights: [Float]) -> Parameters {
        precondition(weights.count == examples, "\(weights.count) weights for \(examples) examples")
        var result = Parameters()
        for (name, set) in sets { result[name] = set.weightedSum(weights) }
        return result
    }

    /// Each example's gradient written out: the oracle of `norms` and `weightedSum`.
    package func explicit() -> [Parameters] {
        let columns = sets.map { ($0.name, $0.set.explicit()) }
        return (0..<examples).map { example in
            var gradient = Parameters()
            for (name, tensors) in columns { gradient[name] = tensors[example] }
            return gradient
        }
    }
}
