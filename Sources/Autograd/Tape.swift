public import Tensors

/// A value on a tape.
public struct Variable {
    /// The value.
    public let value: Tensor
    package let tape: Tape
    /// Where its gradient goes; `nil` for constants.
    let id: Int?

    /// The extents of the value.
    public var shape: [Int] { value.shape }
}

/// What was computed, in order, so that gradients can flow back.
///
/// In mode `perExample` the parameters receive no gradients but per-example factors, from which norms and weighted sums
/// of the examples' own gradients follow without a second backward pass (book-keeping; Bu et al., ICML 2023).
/// A tape belongs to one thread and lives for one step.
public final class Tape {
    /// What a backward pass is to leave behind.
    public enum Mode: Sendable, Equatable {
        /// Nothing: the tape records nothing.
        case inference
        /// The gradient of the sum over examples.
        case summed
        /// Factors of each example's own gradient; the loss must be a sum of per-example losses.
        case perExample(count: Int)
    }
    /// What a backward pass is to leave behind.
    public let mode: Mode
    private var nodes: [(output: Int, pullback: (inout Tensor) -> Void)] = []
    private var gradients: [Tensor?] = []
    private var parameterNames: [Int: String] = [:]
    private var parameterOrder: [Int] = []
    private var factors: [Int: FactorSet] = [:]
    /// How many numbers the recorded operations put out: a measure of what a step keeps in memory.
    package private(set) var recordedCount = 0
    /// Statistics of the batch that no gradient trains, in the order in which they were seen.
    package private(set) var observations: [(name: String, statistics: ChannelStatistics)] = []

    /// Creates an empty tape.
    public init(_ mode: Mode) { self.mode = mode }

    /// Returns a value that needs no gradient.
    public func constant(_ value: Tensor) -> Variable { Variable(value: value, tape: self, id: nil) }

    /// Returns a leaf whose gradient is wanted.
    public func variable(_ value: Tensor) -> Variable {
        guard mode != .inference else { return constant(value) }
        gradients.append(nil)
        return Variable(value: value, tape: self, id: gradients.count - 1)
    }

    /// Returns a leaf that is a parameter: per-example factors are kept for it.
    public func parameter(_ name: String, _ value: Tensor) -> Variable {
        let leaf = variable(value)
        if let id = leaf.id {
            parameterNames[id] = name
            parameterOrder.append(id)
            if case .perExample(let count) = mode { factors[id] = FactorSet(shape: value.shape, examples: count) }
        }
        return leaf
    }

    /// Records an operation, whose pullback must not capture the output; it may overwrite the gradient it is given.
    func record(_ value: Tensor, _ inputs: [Variable], _ pullback: @escaping (inout Tensor) -> Void) -> Variable {
        guard mode != .inference, inputs.contains(where: { $0.id != nil }) else { return constant(value) }
        let output = variable(value)
        recordedCount += value.count
        if let id = output.id { nodes.append((id, pullback)) }
        return output
    }

    /// Whether `variable` is a parameter that wants per-example factors instead of a gradient.
    func wantsFactors(_ variable: Variable) -> Bool { variable.id.map { factors[$0] != nil } ?? false }

    /// Keeps statistics of the batch for whoever folds them into running ones.
    func observe(_ name: String, _ statistics: ChannelStatistics) { observations.append((name, statistics)) }

    /// Keeps a factor of a parameter's per-example gradients.
    func keep(_ factor: any PerExampleFactor, for variable: Variable) {
        guard let id = variable.id else { return }
        factors[id]?.append(factor)
    }

    /// Adds to a variable's gradient.
    func accumulate(_ gradient: @autoclosure () -> Tensor, into variable: Variable) {
        guard let id = variable.id else { return }
        precondition(factors[id] == nil, "an operation without per-example factors was applied to a parameter")
        if gradients[id] == nil {
            gradients[id] = gradient().reshaped(variable.shape)
        } else {
            gradients[id]?.add(gradient())
        }
    }

    /// Lets `body` write (β = 0) or add (β = 1) a variable's gradient in place.
    func accumulate(into variable: Variable, _ body: (inout Tensor, _ beta: Float) -> Void) {
        guard let id = variable.id else { return }
        let beta: Float = gradients[id] == nil ? 0 : 1
        var gradient = gradients[id] ?? Tensor(uninitialised: variable.shape)
        gradients[id] = nil
        body(&gradient, beta)
        gradients[id] = gradient
    }

    /// Runs the operations backwards from a variable, whose own gradient is `seed` (ones by default).
    public func backward(from variable: Variable, seed: Tensor? = nil) {
        guard let id = variable.id else { return }
        gradients[id] = seed ?? Tensor(repeating: 1, shape: variable.shape)
        while let node = nodes.popLast() {
            guard var gradient = gradients[node.output].take() else { continue }
            node.pullback(&gradient)
        }
    }

    /// The gradient of a leaf after `backward`; zero when nothing depended on it.
    public func gradient(of variable: Variable) -> Tensor {
        guard let id = variable.id, let gradient = gradients[id] else { return .zeros(variable.shape) }
        return gradient
    }

    /// The gradients of the parameters that anything depended on.
    public func parameterGradients() -> Parameters {
        precondition(mode == .summed, "parameter gradients of a tape in mode \(mode)")
        var result = Parameters()
        for id in parameterOrder {
            if let name = parameterNames[id], let gradient = gradients[id] { result[name] = gradient }
        }
        return result
    }

    /// The factors of the parameters' per-example gradients.
    public func perExampleGradients() -> PerExampleGradients { perExampleGradients(keeping: GradientBudget()) }

    /// The factors, with room to keep gradients that have been built.
    func perExampleGradients(keeping budget: GradientBudget) -> PerExampleGradients {
        guard case .perExample(let count) = mode else { preconditionFailure("per-example gradients in mode \(mode)") }
        var sets: [(String, FactorSet)] = []
        for id in parameterOrder {
            if let name = parameterNames[id], let set = factors[id] { sets.append((name, set)) }
        }
        return PerExampleGradients(examples: count, sets: sets, budget: budget)
    }
}
