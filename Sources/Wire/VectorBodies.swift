public import Foundation
public import Tensors
public import ThreatModel

/// The body of `POST /v1/classify`, `/v1/encode`, `/v1/decode` and `/v1/discriminate`: rows of numbers, as JSON or as
/// safetensors with an array `inputs` [count, width] and, where a model reads classes beside them, `labels` [count].
public struct VectorRequest: Codable, Sendable, Equatable {
    /// The model; the only one served when absent.
    public var model: String?
    /// The rows.
    public var inputs: [[Float]]
    /// A class per row.
    public var labels: [Int32]?

    /// Creates a body.
    public init(model: String?, inputs: [[Float]], labels: [Int32]? = nil) {
        (self.model, self.inputs, self.labels) = (model, inputs, labels)
    }

    /// The rows as a tensor.
    ///
    /// - Throws: ``WireError`` when there are none, they differ in length, or a number is not finite.
    public func tensor() throws(WireError) -> Tensor {
        guard let width = inputs.first?.count, width > 0 else {
            throw .invalid("inputs", "expected at least one row of numbers, found none")
        }
        if let strange = inputs.firstIndex(where: { $0.count != width }) {
            throw .invalid(
                "inputs", "expected rows of \(width) numbers, found \(inputs[strange].count) in row \(strange)")
        }
        return try Self.finite(Tensor(inputs.flatMap(\.self), shape: [inputs.count, width]))
    }

    /// Reads safetensors.
    ///
    /// - Throws: ``WireError`` when an array is missing, of another shape or not finite.
    public static func decode(_ data: Data) throws(WireError) -> (model: String?, inputs: Tensor, labels: [Int32]?) {
        do {
            let file = try Safetensors(decoding: data)
            let array = try file.array("inputs")
            guard array.type == .float32, array.shape.count == 2, array.shape.allSatisfy({ $0 > 0 }) else {
                throw WireError.invalid(
                    "inputs", "expected F32 [count, width], found \(array.type.rawValue) \(array.shape)")
            }
            let labels = try file.arrays["labels"].map { labels in
                guard labels.type == .int32, labels.shape == [array.shape[0]] else {
                    throw WireError.invalid(
                        "labels", "expected I32 [\(array.shape[0])], found \(labels.type.rawValue) \(labels.shape)")
                }
                return labels.doubles.map { Int32($0) }
            }
            return (file.metadata["model"], try finite(array.tensor), labels)
        } catch let error as WireError {
            throw error
        } catch {
            throw .invalid(nil, "expected safetensors, found something else: \(error)")
        }
    }

    private static func finite(_ rows: Tensor) throws(WireError) -> Tensor {
        if let index = (0..<rows.count).first(where: { !rows[$0].isFinite }) {
            throw .invalid(
                "inputs",
                "expected finite numbers, found \(rows[index]) in row \(index / rows.columns), column "
                    + "\(index % rows.columns)")
        }
        return rows
    }
}

/// The body of `POST /v1/sample`.
public struct SampleRequest: Codable, Sendable, Equatable {
    /// The model; the only one served when absent.
    public var model: String?
    /// The number of images.
    public var count: Int
    /// The class of all of them.
    public var label: Int32?
    /// The seed of the draws; a new one when absent.
    public var seed: Int64?
    /// A stream's name in hexadecimal instead of a seed, by which our clients address draws.
    public var drawStream: String?

    enum CodingKeys: String, CodingKey {
        case model, count, label, seed
        case drawStream = "draw_stream"
    }

    /// Creates a body.
    public init(model: String?, count: Int, label: Int32?, stream: RandomStream) {
        (self.model, self.count, self.label) = (model, count, label)
        drawStream = String(stream.name, radix: 16)
    }
}

/// The body of `POST /v1/logits`.
public struct LogitsRequest: Codable, Sendable, Equatable {
    /// The model; the only one served when absent.
    public var model: String?
    /// The contexts, all of one length.
    public var contexts: [[Int32]]

    /// Creates a body.
    public init(model: String?, contexts: [[Int32]]) { (self.model, self.contexts) = (model, contexts) }
}

/// The answer to a question about vectors, as JSON; as safetensors an array `data` and, of classes, `labels`.
public struct VectorResponse: Codable, Sendable, Equatable {
    /// Always `list`.
    public var object = "list"
    /// The model.
    public var model: String
    /// A row per record: codes, images, logits, or the probabilities of classes; `nil` where only labels are told.
    public var data: [[Float]]?
    /// The most probable class of each record, of a classifier.
    public var labels: [Int32]?
    /// What it cost.
    public var usage: QueryCost

    /// Writes an answer.
    public init(_ answer: Answer, model: String, usage: QueryCost) {
        (self.model, self.usage) = (model, usage)
        func rows(_ tensor: Tensor) -> [[Float]] { (0..<tensor.rows).map(tensor.row) }
        switch answer {
        case .vectors(let tensor): data = rows(tensor)
        case .classes(let classes): (data, labels) = (classes.probabilities.map(rows), classes.labels)
        case .completions: preconditionFailure("continuations are no vectors")
        }
    }
}

extension Answer {
    /// Vectors or classes as safetensors.
    public func safetensors(model: String) -> Safetensors {
        var file = Safetensors(metadata: ["model": model])
        switch self {
        case .vectors(let tensor): file.arrays["data"] = Safetensors.Array(tensor)
        case .classes(let classes):
            file.arrays["data"] = classes.probabilities.map { Safetensors.Array($0) }
            file.arrays["labels"] = Safetensors.Array(classes.labels, shape: [classes.labels.count])
        case .completions: preconditionFailure("continuations are no vectors")
        }
        return file
    }

    /// Reads what ``safetensors(model:)`` wrote.
    ///
    /// - Throws: ``Tensors/Safetensors/Invalid`` when an array is missing.
    public init(_ file: Safetensors) throws {
        let data = file.arrays["data"]?.tensor
        if let labels = file.arrays["labels"] {
            self = .classes(ClassAnswers(labels: labels.doubles.map { Int32($0) }, probabilities: data))
        } else {
            self = .vectors(try file.array("data").tensor)
        }
    }
}

/// The answer to `GET /v1/models`.
public struct ModelList: Codable, Sendable, Equatable {
    /// Always `list`.
    public var object = "list"
    /// The models.
    public var data: [Entry]

    /// Creates a list.
    public init(_ data: [Entry]) { self.data = data }

    /// One model.
    public struct Entry: Codable, Sendable, Equatable {
        /// What it is called.
        public var id: String
        /// Always `model`.
        public var object = "model"
        /// When it was served, in seconds since 1970.
        public var created: Int
        /// Who serves it.
        public var ownedBy = "penumbra"
        /// What can be asked.
        public var card: ServiceCard
        /// Whether its answers to texts have text.
        public var hasTokeniser: Bool

        enum CodingKeys: String, CodingKey {
            case id, object, created, card
            case ownedBy = "owned_by"
            case hasTokeniser = "has_tokeniser"
        }

        /// Creates an entry.
        public init(_ card: ServiceCard, created: Int, hasTokeniser: Bool) {
            (id, self.card, self.created, self.hasTokeniser) = (card.id, card, created, hasTokeniser)
        }
    }
}
