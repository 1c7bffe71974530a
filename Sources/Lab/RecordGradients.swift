public import Autograd
public import Models
public import Tensors

/// The gradients of a model's loss on records, record by record.
///
/// The model stands still: what is tested is the mechanism, and it promises the same at every point of a training.
public struct RecordGradients: Sendable {
    /// The records.
    public let records: Records
    private let model: Model
    private let random: RandomStream

    /// Takes a model with one phase that reads records.
    ///
    /// - Precondition: every parameter's operations keep per-example factors, so no batch norm.
    public init(of model: Model, on records: Records, random: RandomStream) {
        (self.model, self.records, self.random) = (model, records, random)
    }

    /// The number of parameters, d.
    public var width: Int { model.parameters.scalarCount }

    /// Returns the gradients of some records, in that order.
    public func callAsFunction(_ indices: [Int]) -> PerExampleGradients {
        let network = model.architecture.network
        let phase = network.phases.first { $0.touchesData } ?? network.phases[0]
        let tape = Tape(.perExample(count: indices.count))
        let bound = BoundParameters(model.parameters, on: tape, trainable: phase.parameters)
        tape.backward(from: network.losses(phase, records.gather(indices), bound, random))
        return tape.perExampleGradients()
    }
}
