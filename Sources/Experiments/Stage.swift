import Foundation
public import Store
import Tensors

/// One cached step of a run: a pure function of its spec, its inputs' content and its seed.
public struct Stage: Sendable {
    /// What kind of step it is; its version counts up when its bytes change.
    public enum Kind: String, Sendable, CaseIterable {
        /// The classifier that judges samples.
        case evaluator
        /// The training of a victim.
        case victim
        /// The training of one shadow, and its signals on the candidates.
        case shadow
        /// How well a victim does its job.
        case measure
        /// One attack on one victim, graded.
        case attack
        /// What a shadow pool tells by itself.
        case pool
        /// The baseline that never sees the victim.
        case blind
        /// One adversary's guesses of the coins of an audit's canaries, graded.
        case audit

        var version: Int {
            switch self {
            case .attack: 5
            case .victim, .measure: 4
            case .evaluator, .shadow, .pool, .blind, .audit: 3
            }
        }
    }
    /// Unique in the run, such as "victim/vae".
    public let id: String
    /// What kind of step it is.
    public let kind: Kind
    /// The stages that it reads.
    public let inputs: [String]
    /// Where its artefact lies.
    public let key: Key
    /// A rough measure of its work, for the order of execution and the remaining time.
    public let cost: Double
    let run: @Sendable (StageContext) throws -> Void
    /// Throws when something that it needs is missing, before any stage of the run begins.
    var check: @Sendable () throws -> Void = {}
}

/// What a running stage may touch: its own folder, the artefacts of its inputs, checkpoints and progress.
struct StageContext: Sendable {
    /// Where it writes.
    let output: URL
    /// The artefacts of its inputs by stage id.
    let inputs: [String: Artefact]
    /// The store, for surrogates that an attack trains.
    let store: ArtefactStore
    /// Where its checkpoints lie.
    let checkpoints: URL
    /// How long a training goes on before it keeps a checkpoint.
    var checkpointInterval = Duration.seconds(15)
    let progress: @Sendable (Double) -> Void

    func write(_ name: String, _ value: some Encodable) throws {
        try store.writeAtomically(try JSONCoding.encode(value), to: output.appending(path: name))
    }

    func write(_ name: String, _ file: Safetensors) throws {
        try store.writeAtomically(try file.encoded(), to: output.appending(path: name))
    }

    func read<T: Decodable>(_ type: T.Type, _ name: String, from stage: String) throws -> T {
        try JSONDecoder.exact.decode(type, from: try artefact(stage).data(name))
    }

    func tensors(_ name: String, from stage: String) throws -> Safetensors {
        try Safetensors(decoding: try artefact(stage).data(name))
    }

    private func artefact(_ stage: String) throws -> Artefact {
        guard let artefact = inputs[stage] else { preconditionFailure("stage \(stage) is no declared input") }
        return artefact
    }
}

/// JSON with sorted keys, so that equal values are equal bytes; infinities and NaN as strings.
enum JSONCoding {
    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(value)
    }
}

extension JSONDecoder {
    static var exact: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }
}
