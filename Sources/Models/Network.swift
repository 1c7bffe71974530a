public import Autograd
public import Tensors

/// Parameters that have been put on a tape.
public struct BoundParameters {
    /// The tape that they are on.
    public let tape: Tape
    private let variables: [String: Variable]
    private let trained: Set<String>

    /// Puts parameters on a tape: those that are to be trained as parameters, the others and running statistics as
    /// constants.
    public init(_ parameters: Parameters, on tape: Tape, trainable: [String]? = nil) {
        self.tape = tape
        var variables: [String: Variable] = [:]
        var trained: Set<String> = []
        for name in parameters.names {
            let isTrained =
                !Parameters.isStatistic(name)
                && trainable.map { prefixes in prefixes.contains(where: name.hasPrefix) } ?? true
            variables[name] = isTrained ? tape.parameter(name, parameters[name]) : tape.constant(parameters[name])
            if isTrained { trained.insert(name) }
        }
        self.variables = variables
        self.trained = tape.mode == .inference ? [] : trained
    }

    /// The same values as constants of another tape, and none of them trained.
    private init(freezing parameters: BoundParameters, on tape: Tape) {
        self.tape = tape
        variables = parameters.variables.mapValues { tape.constant($0.value) }
        trained = []
    }

    /// Returns the same values as constants of another tape.
    func frozen(on tape: Tape) -> BoundParameters { BoundParameters(freezing: self, on: tape) }

    /// The variable of a name.
    public subscript(name: String) -> Variable {
        guard let variable = variables[name] else { preconditionFailure("no parameter '\(name)'") }
        return variable
    }

    /// The variable of a name, if there is one.
    public func optional(_ name: String) -> Variable? { variables[name] }

    /// Whether this step trains a parameter.
    func isTrained(_ name: String) -> Bool { trained.contains(name) }

    /// Whether batch norm takes its statistics from the batch, as it does in a training.
    ///
    /// Where private data flow only the layers that are trained want them, and then refuse. What an adversary does with
    /// a model is no training.
    func usesBatchStatistics(of name: String) -> Bool {
        if case .perExample = tape.mode { isTrained(name) } else { !trained.isEmpty }
    }
}

/// What a model's training optimises, one part at a time: a GAN has two phases, everything else one.
public struct Phase: Sendable, Equatable {
    /// Its name, such as "discriminator".
    public var name: String
    /// The prefixes of the parameters that it trains.
    public var parameters: [String]
    /// Whether its loss reads training records; only such a phase needs, and gets, differential privacy.
    public var touchesData: Bool
    /// Whether a record's loss depends on the others in the batch, as under batch norm; then it cannot be private.
    public var mixesRecords: Bool
    /// It runs in every step whose number, counted from 1, this divides.
    ///
    /// Phases that touch data run in all of them: a step of a training is one of theirs.
    public var period: Int

    /// Creates a phase.
    public init(
        name: String, parameters: [String], touchesData: Bool, mixesRecords: Bool = false, period: Int = 1
    ) {
        precondition(period == 1 || period > 1 && !touchesData, "a phase of period \(period)")
        self.period = period
        self.name = name
        self.parameters = parameters
        self.touchesData = touchesData
        self.mixesRecords = mixesRecords
    }

    /// Whether it runs in a step, counted from 0.
    public func runs(inStep step: Int) -> Bool { (step + 1) % period == 0 }
}

/// A model family: hyperparameters and a pure function of parameters and records.
public protocol Network: Codable, Sendable, Equatable {
    /// The parts of training.
    var phases: [Phase] { get }
    /// The stacks of layers that it is made of, by the prefix of their parameters.
    var stacks: [(prefix: String, stack: Sequential)] { get }
    /// Returns freshly drawn parameters.
    func initialParameters(_ random: RandomStream) -> Parameters
    /// Returns the training loss of each record in nats, shape [count]; it depends on no other record of the batch,
    /// unless the phase says so.
    func losses(_ phase: Phase, _ batch: Records, _ parameters: BoundParameters, _ random: RandomStream) -> Variable
    /// Returns records that give the same losses, with what does not depend on parameters computed once.
    func prepared(_ records: Records) -> Records
}

extension Network {
    /// A single phase over all parameters.
    public var phases: [Phase] {
        [
            Phase(
                name: "model", parameters: [""], touchesData: true,
                mixesRecords: stacks.contains { $0.stack.mixesRecords })
        ]
    }

    /// The records themselves.
    public func prepared(_ records: Records) -> Records { records }

    /// No stacks.
    public var stacks: [(prefix: String, stack: Sequential)] { [] }

    /// Draws the parameters of the stacks.
    public func initialParameters(_ random: RandomStream) -> Parameters {
        var parameters = Parameters()
        for (prefix, stack) in stacks { stack.initialise(&parameters, prefix: prefix, random) }
        return parameters
    }

    /// In which order PyTorch keeps parameters that have channels.
    var channelOrders: [String: ChannelOrder] {
        stacks.reduce(into: [:]) { orders, part in
            orders.merge(part.stack.channelOrders(prefix: part.prefix)) { first, _ in first }
        }
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
