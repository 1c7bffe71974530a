/// The shapes of bodies, as JSON Schema has them.
enum OpenAPISchemas {
    /// The members of `components.schemas`.
    static func text(_ limits: Limits) -> String {
        [requests(limits), completionRequest(limits), answers, models].joined(separator: ",\n")
    }

    private static let token = #"{"type": "integer", "minimum": 0, "maximum": 2147483647}"#
    private static let model = #""model": {"type": ["string", "null"]}"#
    private static let seed =
        #"{"type": ["integer", "null"], "minimum": -9223372036854775808, "maximum": 9223372036854775807}"#
    private static let drawStream = #""draw_stream": {"type": ["string", "null"], "pattern": "^[0-9a-f]{1,16}$"}"#

    private static func requests(_ limits: Limits) -> String {
        #"""
        "VectorRequest": {"type": "object", "required": ["inputs"], "additionalProperties": false, "properties": {
        \#(model),
        "inputs": {"type": "array", "minItems": 1, "maxItems": \#(limits.rows),
        "items": {"type": "array", "minItems": 1, "items": {"type": "number", "minimum": -1e30, "maximum": 1e30}}},
        "labels": {"type": ["array", "null"], "items": \#(token)}}},
        "SampleRequest": {"type": "object", "required": ["count"], "additionalProperties": false, "properties": {
        \#(model), "count": {"type": "integer", "minimum": 1, "maximum": \#(limits.rows)},
        "label": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
        "seed": \#(seed), \#(drawStream)}},
        "LogitsRequest": {"type": "object", "required": ["contexts"], "additionalProperties": false, "properties": {
        \#(model),
        "contexts": {"type": "array", "minItems": 1, "maxItems": \#(limits.rows),
        "items": {"type": "array", "minItems": 1, "items": \#(token)}}}}
        """#
    }

    private static func completionRequest(_ limits: Limits) -> String {
        #"""
        "CompletionRequest": {"type": "object", "required": ["prompt"], "additionalProperties": false, "properties": {
        \#(model),
        "prompt": {"anyOf": [{"type": "string"},
        {"type": "array", "minItems": 1, "items": {"type": "string"}},
        {"type": "array", "minItems": 1, "items": \#(token)},
        {"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 1, "items": \#(token)}}]},
        "max_tokens": {"type": ["integer", "null"], "minimum": 0, "maximum": \#(limits.tokens)},
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
        "stream_options": {"type": ["object", "null"], "properties": {"include_usage": {"type": ["boolean", "null"]}}},
        "seed": \#(seed), \#(drawStream),
        "draw_numbers": {"type": ["array", "null"], "items": {"type": "integer", "minimum": 0, "maximum": 281474976710655}},
        "user": {"type": ["string", "null"]},
        "best_of": {"type": ["integer", "null"], "minimum": 1, "maximum": 128},
        "presence_penalty": {"type": ["number", "null"], "minimum": 0, "maximum": 0},
        "frequency_penalty": {"type": ["number", "null"], "minimum": 0, "maximum": 0},
        "suffix": {"type": ["string", "null"], "maxLength": 0}}}
        """#
    }

    private static let answers = ##"""
        "VectorResponse": {"type": "object", "required": ["object", "model", "usage"], "properties": {
        "object": {"const": "list"}, "model": {"type": "string"},
        "data": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
        "labels": {"type": "array", "items": {"type": "integer"}},
        "usage": {"type": "object", "required": ["queries", "tokens"], "properties": {
        "queries": {"type": "integer"}, "tokens": {"type": "integer"}}}}},
        "CompletionResponse": {"type": "object", "required": ["id", "object", "created", "model", "choices", "usage"],
        "properties": {"id": {"type": "string"}, "object": {"const": "text_completion"}, "created": {"type": "integer"},
        "model": {"type": "string"},
        "choices": {"type": "array", "items": {"$ref": "#/components/schemas/Choice"}},
        "usage": {"type": "object", "required": ["prompt_tokens", "completion_tokens", "total_tokens"], "properties": {
        "prompt_tokens": {"type": "integer"}, "completion_tokens": {"type": "integer"},
        "total_tokens": {"type": "integer"}}}}},
        "Choice": {"type": "object", "required": ["text", "index", "logprobs", "finish_reason"], "properties": {
        "text": {"type": "string"}, "index": {"type": "integer"},
        "finish_reason": {"enum": ["length", "stop", null]},
        "logprobs": {"type": ["object", "null"], "properties": {
        "tokens": {"type": "array", "items": {"type": "string"}},
        "token_logprobs": {"type": "array", "items": {"type": ["number", "null"]}},
        "top_logprobs": {"type": "array", "items": {"type": ["object", "null"]}},
        "text_offset": {"type": "array", "items": {"type": "integer"}}}},
        "tokens": {"type": "object"}}},
        "Status": {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}},
        "Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "object",
        "required": ["message", "type"], "properties": {"message": {"type": "string"}, "type": {"type": "string"},
        "param": {"type": ["string", "null"]}, "code": {"type": ["string", "null"]}}}}}
        """##

    private static let models = ##"""
        "Model": {"type": "object", "required": ["id", "object", "created", "owned_by", "card", "has_tokeniser"],
        "properties": {"id": {"type": "string"}, "object": {"const": "model"}, "created": {"type": "integer"},
        "owned_by": {"type": "string"}, "has_tokeniser": {"type": "boolean"},
        "card": {"type": "object", "required": ["id", "family", "operations"], "properties": {
        "id": {"type": "string"}, "family": {"type": "string"},
        "operations": {"type": "array", "items": {"type": "string"}},
        "width": {"type": "integer"}, "classes": {"type": "integer"}, "latents": {"type": "integer"},
        "vocabulary": {"type": "integer"}, "context": {"type": "integer"}}}}},
        "ModelList": {"type": "object", "required": ["object", "data"], "properties": {"object": {"const": "list"},
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/Model"}}}}
        """##
}
