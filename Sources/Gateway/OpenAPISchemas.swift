/// The shapes of bodies, as JSON Schema has them.
enum OpenAPISchemas {
    /// The members of `components.schemas`.
    static func text(of front: Front) -> String {
        (RequestSchemas(front).texts + [answers, models]).joined(separator: ",\n")
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
        "Event": {"type": "object", "required": ["data"], "properties": {"data": {"type": "string"}}},
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
