public import Autograd
public import Tensors

/// Parameters that have been put on a tape.
public struct BoundParameters {
    /// The tape that they are on.
    public let tape: Tape
    private let variables: [String: Variable]

    /// Puts parameters on a tape: those that are to be trained as parameters, the others as constants.
    public init(_ parameters: Parameters, on tape: Tape, trainable: [String]? = nil) {
        self.tape = tape
        var variables: [String: Variable] = [:]
        for name in parameters.names {
            let isTrainable = trainable.map { prefixes in prefixes.contains(where: name.hasPrefix) } ?? true
            variables[name] =
                isTrainable ? tape.parameter(name, parameters[name]) : tape.constant(parameters[name])
        }
        self.variables = variables
    }

    /// The variable of a name.
    public subscript(name: String) -> Variable {
        guard let variable = variables[name] else { preconditionFailure("no parameter '\(name)'") }
        return variable
    }

    /// The variable of a name, if there is one.
    public func optional(_ name: String) -> Variable? { variables[name] }
}

/// What a model's training optimises, one part at a time: a GAN has two phases, everything else one.
public struct Phase: Sendable, Equatable {
    /// Its name, such as "discriminator".
    public var name: String
    /// The prefixes of the parameters that it trains.
    public var parameters: [String]
    /// Whether its loss reads training records; only such a phase needs, and gets, differential privacy.
    public var touchesData: Bool

    /// Creates a phase.
    public init(name: String, parameters: [String], touchesData: Bool) {
        self.name = name
        self.parameters = parameters
        self.touchesData = touchesData
    }
}

/// A model family: hyperparameters and a pure function of parameters and records.
public protocol Network: Codable, Sendable, Equatable {
    /// The parts of training.
    var phases: [Phase] { get }
    /// Returns freshly drawn parameters.
    func initialParameters(_ random: RandomStream) -> Parameters
    /// Returns the training loss of each record in nats, shape [count]; it depends on no other record of the batch.
    func losses(_ phase: Phase, _ batch: Records, _ parameters: BoundParameters, _ random: RandomStream) -> Variable
}

extension Network {
    /// A single phase over all parameters.
    public var phases: [Phase] { [Phase(name: "model", parameters: [""], touchesData: true)] }
}

/// A stack of affine maps with activations between them, named as in `nn.Sequential`: "prefix.0.weight" [out, in].
public struct MultilayerPerceptron: Codable, Sendable, Equatable {
    /// The widths, input first, output last.
    public var widths: [Int]
    /// Between the maps.
    public var activation: Activation
    /// After the last map.
    public var output: Activation
    /// The share of hidden units dropped in training.
    public var dropout: Float

    /// Creates a stack.
    public init(_ widths: [Int], activation: Activation = .relu, output: Activation = .identity, dropout: Float = 0) {
        precondition(widths.count >= 2, "a perceptron of widths \(widths)")
        self.widths = widths
        self.activation = activation
        self.output = output
        self.dropout = dropout
    }

    /// Draws weights uniform in ±√(3·gain/in), with gain 2 before rectifiers and 1 elsewhere, and zero biases.
    ///
    /// - Source: He et al. 2015.
    public func initialise(_ parameters: inout Parameters, prefix: String, _ random: RandomStream) {
        for layer in 0..<widths.count - 1 {
            let (fanIn, fanOut) = (widths[layer], widths[layer + 1])
            let isLast = layer == widths.count - 2
            let gain: Float = isLast || activation == .tanh ? 1 : 2
            let bound = (3 * gain / Float(fanIn)).squareRoot()
            let name = "\(prefix).\(2 * layer)"
            parameters["\(name).weight"] = random["\(name).weight"].uniformTensor([fanOut, fanIn], -bound, bound)
            parameters["\(name).bias"] = .zeros([fanOut])
        }
    }

    /// Returns the output for each row; dropout only with a stream.
    ///
    /// - Shapes: x [rows, widths.first] → [rows, widths.last].
    public func callAsFunction(
        _ x: Variable, _ parameters: BoundParameters, prefix: String, dropping random: RandomStream? = nil
    ) -> Variable {
        var x = x
        for layer in 0..<widths.count - 1 {
            let name = "\(prefix).\(2 * layer)"
            let isLast = layer == widths.count - 2
            x = linear(
                x, parameters["\(name).weight"], parameters["\(name).bias"], isLast ? output : activation)
            if !isLast, let random { x = Autograd.dropout(x, rate: dropout, random: random["dropout"][layer]) }
        }
        return x
    }
}

/// Evaluates a function of parameters and records without recording, in batches of bounded size.
///
/// - Shapes: `function` maps a batch of n records to a tensor of n·k rows; the results are joined.
public func evaluate(
    _ parameters: Parameters, on records: Records, batch: Int = 256, _ function: (BoundParameters, Records) -> Variable
) -> Tensor {
    let bound = BoundParameters(parameters, on: Tape(.inference))
    let parts = stride(from: 0, to: records.count, by: batch).map { start in
        function(bound, records.slice(start..<min(start + batch, records.count))).value
    }
    guard let first = parts.first else { return .zeros([0]) }
    let joined = Tensor.concatenatedRows(parts.map { $0.shape.count > 1 ? $0 : $0.reshaped([$0.count, 1]) })
    return first.shape.count > 1 ? joined : joined.reshaped([joined.count])
}
