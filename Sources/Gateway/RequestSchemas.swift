import Foundation
import ThreatModel

/// The shapes of questions: what the models that are served can be asked, as far as a schema can say it.
struct RequestSchemas {
    private let front: Front
    private let served: [ServiceCard]

    /// Describes the questions to a gateway.
    init(_ front: Front) {
        self.front = front
        // A model that cannot say what it is answers nothing either.
        served = front.models.compactMap { try? $0.card() }
    }

    /// What the models can be asked, as their defences leave them.
    var operations: [ThreatModel.Operation] {
        ThreatModel.Operation.allCases.filter { !cards($0).isEmpty }
    }

    /// What the schema of an operation is called.
    static func name(_ operation: ThreatModel.Operation) -> String { operation.rawValue.capitalized + "Request" }

    /// A schema per operation.
    var texts: [String] {
        operations.map { operation in
            let (required, properties) = shape(operation)
            let names = (required + (front.models.count > 1 ? ["model"] : [])).map { "\"\($0)\"" }
            return #"""
                "\#(Self.name(operation))": {"type": "object", "additionalProperties": false,
                "required": [\#(names.joined(separator: ", "))],
                "properties": {"model": \#(model(operation)), \#(properties)}}
                """#
        }
    }

    private func shape(_ operation: ThreatModel.Operation) -> (required: [String], properties: String) {
        switch operation {
        case .complete: (["prompt"], completion)
        case .sample: (["count"], sample)
        case .logits: (["contexts"], logits)
        case .encode: (["inputs"], vectors(operation) + #", "labels": {"type": ["array", "null"], "items": \#(label)}"#)
        default: (["inputs"], vectors(operation))
        }
    }

    /// The cards of the models that can be asked for something.
    private func cards(_ operation: ThreatModel.Operation) -> [ServiceCard] {
        served.filter { $0.operations.contains(operation) }
    }

    private func model(_ operation: ThreatModel.Operation) -> String {
        let ids = cards(operation).map { "\"\($0.id)\"" }
        return #"{"enum": [\#((ids + (front.models.count > 1 ? [] : ["null"])).joined(separator: ", "))]}"#
    }

    /// The greatest of some tokens that every model knows.
    private func token(_ operation: ThreatModel.Operation) -> String {
        let most = cards(operation).compactMap(\.vocabulary).min() ?? Int(Int32.max)
        return #"{"type": "integer", "minimum": 0, "maximum": \#(most - 1)}"#
    }

    private var label: String { #"{"type": "integer", "minimum": 0, "maximum": 2147483647}"# }

    private var draws: String {
        #"""
        "seed": {"type": ["integer", "null"], "minimum": -9223372036854775808, "maximum": 9223372036854775807},
        "draw_stream": {"type": ["string", "null"], "pattern": "^[0-9a-f]{1,16}$"}
        """#
    }

    private func vectors(_ operation: ThreatModel.Operation) -> String {
        let widths = Set(cards(operation).compactMap { operation == .decode ? $0.latents : $0.width })
        let exact = widths.count == 1 ? widths.first.map { #""minItems": \#($0), "maxItems": \#($0)"# } : nil
        return #"""
            "inputs": {"type": "array", "minItems": 1, "maxItems": \#(front.limits.rows),
            "items": {"type": "array", \#(exact ?? #""minItems": 1"#),
            "items": {"type": "number"}}}
            """#
    }

    private var sample: String {
        #"""
        "count": {"type": "integer", "minimum": 1, "maximum": \#(front.limits.rows)},
        "label": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647}, \#(draws)
        """#
    }

    private var logits: String {
        #"""
        "contexts": {"type": "array", "minItems": 1, "maxItems": \#(front.limits.rows),
        "items": {"type": "array", "minItems": 1, "items": \#(token(.logits))}}
        """#
    }

    private var completion: String {
        let context = cards(.complete).compactMap(\.context).max() ?? front.limits.tokens
        return #"""
            "prompt": {"anyOf": [{"type": "string"},
            {"type": "array", "minItems": 1, "items": {"type": "string"}},
            {"type": "array", "minItems": 1, "items": \#(token(.complete))},
            {"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 1, "items": \#(token(.complete))}}]},
            "max_tokens": {"type": ["integer", "null"], "minimum": 0, "maximum": \#(context)},
            "temperature": {"type": ["number", "null"], "minimum": 0, "maximum": 2},
            "top_p": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 1},
            "top_k": {"type": ["integer", "null"], "minimum": 1, "maximum": 2147483647},
            "n": {"type": ["integer", "null"], "minimum": 1, "maximum": 128},
            "logprobs": {"type": ["integer", "null"], "minimum": 0, "maximum": 20},
            "echo": {"type": ["boolean", "null"]},
            "logit_bias": {"type": ["object", "null"], "propertyNames": {"pattern": "^[0-9]{1,9}$"},
            "additionalProperties": {"type": "number", "minimum": -100, "maximum": 100}},
            "stop": {"anyOf": [{"type": "null"}, {"type": "string", "minLength": 1},
            {"type": "array", "maxItems": 4, "items": {"type": "string", "minLength": 1}}]},
            "stream": {"type": ["boolean", "null"]},
            "stream_options": {"type": ["object", "null"],
            "properties": {"include_usage": {"type": ["boolean", "null"]}}},
            "draw_numbers": {"type": ["array", "null"],
            "items": {"type": "integer", "minimum": 0, "maximum": 281474976710655}},
            "user": {"type": ["string", "null"]},
            "best_of": {"type": ["integer", "null"], "minimum": 1, "maximum": 128},
            "presence_penalty": {"type": ["number", "null"], "minimum": 0, "maximum": 0},
            "frequency_penalty": {"type": ["number", "null"], "minimum": 0, "maximum": 0},
            "suffix": {"type": ["string", "null"], "maxLength": 0}, \#(draws)
            """#
    }
}
