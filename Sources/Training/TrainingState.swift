import Accounting
public import Autograd
import Foundation
import Tensors

/// A training between two segments: what a checkpoint holds, and all that it takes to go on to the same bytes.
public struct TrainingState: Sendable {
    /// The parameters.
    public internal(set) var parameters: Parameters
    /// Steps done.
    public internal(set) var step = 0
    /// The mean loss of each phase over each finished segment.
    public internal(set) var curves: [String: LossCurve] = [:]
    var optimisers: [String: OptimiserState] = [:]
    var ledger = PrivacyLedger()
    /// The present clipping norm of each phase where it adapts.
    var clippingNorms: [String: Double] = [:]
    /// The canaries of an audit among the gradients, with what they have read so far.
    var canaries: GradientCanaries?
    /// What the canaries of the checkpoint that this state was read from had read.
    private var alignments: [Double]?

    init(parameters: Parameters) { self.parameters = parameters }
}

/// A loss over the course of training.
public struct LossCurve: Codable, Sendable, Equatable {
    /// The last step of each segment.
    public var steps: [Int] = []
    /// The mean loss per record over the segment, in nats.
    public var losses: [Double] = []

    /// Creates an empty curve.
    public init() {}
}

extension TrainingState {
    /// Takes canaries in, which go on from what the checkpoint says.
    mutating func take(_ canaries: GradientCanaries?) {
        self.canaries = canaries
        if let alignments, alignments.count == canaries?.included.count { self.canaries?.alignments = alignments }
    }

    private struct Header: Codable {
        var step: Int
        var curves: [String: LossCurve]
        var optimiserSteps: [String: Int]
        var ledger: PrivacyLedger
        /// Absent where no norm adapts, as in checkpoints from before any did.
        var clippingNorms: [String: Double]?
    }

    /// The state as a checkpoint.
    func encoded() throws -> Data {
        var file = Safetensors()
        for name in parameters.names { file.arrays["parameter/\(name)"] = .init(parameters[name]) }
        for (phase, state) in optimisers {
            for name in state.first.names { file.arrays["first/\(phase)/\(name)"] = .init(state.first[name]) }
            for name in state.second.names { file.arrays["second/\(phase)/\(name)"] = .init(state.second[name]) }
        }
        if let canaries {
            file.arrays["canaries"] = .init(canaries.alignments, shape: [canaries.alignments.count])
        }
        let header = Header(
            step: step, curves: curves, optimiserSteps: optimisers.mapValues(\.steps), ledger: ledger,
            clippingNorms: clippingNorms.isEmpty ? nil : clippingNorms)
        let encoder = JSONEncoder()
        // A training that diverges has losses that JSON cannot hold as numbers.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        file.metadata["state"] = String(decoding: try encoder.encode(header), as: UTF8.self)
        return try file.encoded()
    }

    /// Reads a checkpoint of a training whose fresh parameters are `initial`.
    init(decoding data: Data, initial: Parameters) throws {
        let file = try Safetensors(decoding: data)
        guard let json = file.metadata["state"] else {
            throw Safetensors.Invalid(description: "expected a training checkpoint, found no 'state' in the metadata")
        }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let header = try decoder.decode(Header.self, from: Data(json.utf8))
        self.init(parameters: initial)
        (step, curves, ledger) = (header.step, header.curves, header.ledger)
        clippingNorms = header.clippingNorms ?? [:]
        alignments = file.arrays["canaries"]?.doubles
        for name in initial.names { parameters[name] = try file.array("parameter/\(name)").tensor }
        for (phase, steps) in header.optimiserSteps {
            var state = OptimiserState()
            state.steps = steps
            for name in initial.names {
                if let array = file.arrays["first/\(phase)/\(name)"] { state.first[name] = array.tensor }
                if let array = file.arrays["second/\(phase)/\(name)"] { state.second[name] = array.tensor }
            }
            optimisers[phase] = state
        }
    }
}
