import Foundation
import ThreatModel
import Wire

/// What the interface understands, as OpenAPI 3.1 has it: only what the models served can be asked, as their defences
/// leave them.
enum OpenAPIDocument {
    /// The document of a gateway.
    static func data(of front: Front) -> Data { Data(text(front).utf8) }

    private static func text(_ front: Front) -> String {
        let served = RequestSchemas(front).operations
        let paths = Route.all.filter { route in route.operation.map(served.contains) ?? true }
            .map { "\"\($0.path)\": {\"\($0.method.lowercased())\": \(operation($0, front))}" }
        return #"""
            {"openapi": "3.1.0",
            "info": {"title": "Penumbra gateway", "version": "1",
            "description": "A model behind an interface: language models as OpenAI's completions, others by rows of numbers."},
            "paths": {\#(paths.joined(separator: ",\n"))},
            "components": {\#(front.accounts.needsKeys ? securitySchemes : "")
            "schemas": {\#(OpenAPISchemas.text(of: front))}}}
            """#
    }

    private static let securitySchemes = #""securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},"#

    private static func operation(_ route: Route, _ front: Front) -> String {
        var parts = [#""operationId": "\#(route.operationID)""#, #""summary": "\#(route.summary)""#]
        if route.path.contains("{model}") {
            parts.append(
                #""parameters": [{"name": "model", "in": "path", "required": true, "schema": {"type": "string"}}]"#)
        }
        if route.method == "POST" { parts.append(idempotencyKey) }
        if let body = body(route) { parts.append(#""requestBody": {"required": true, "content": \#(body)}"#) }
        parts.append(#""responses": {\#(responses(route, front).joined(separator: ", "))}"#)
        if front.accounts.needsKeys, route.needsKey { parts.append(#""security": [{"key": []}]"#) }
        return "{" + parts.joined(separator: ", ") + "}"
    }

    /// All that costs something can be asked again when its answer was lost.
    private static let idempotencyKey = #"""
        "parameters": [{"name": "\#(IdempotencyKey.header)", "in": "header", "required": false,
        "description": "What the caller calls this request, such as a UUID. Sent again with the same key, the request has \#
        the answer that it had, with Idempotency-Replayed: true, and is not charged again, while the gateway remembers it \#
        (ten minutes, and at most 1,024 answers of all callers). A key that another request had is refused with 422.",
        "schema": {"type": "string", "minLength": 1, "maxLength": \#(IdempotencyKey.longest), "pattern": "^[!-~]+$"}}]
        """#

    private static func body(_ route: Route) -> String? {
        switch route.endpoint {
        case .completions: content(json: RequestSchemas.name(.complete))
        case .vectors(let operation):
            content(
                json: RequestSchemas.name(operation), alsoSafetensors: ![.sample, .logits].contains(operation))
        default: nil
        }
    }

    private static func content(json schema: String, alsoSafetensors: Bool = false, others: String = "") -> String {
        let arrays = BodyFormat.names.dropFirst()
            .map { #", "\#($0)": {"schema": {"type": "string", "format": "binary"}}"# }.joined()
        return ##"{"application/json": {"schema": {"$ref": "#/components/schemas/\##(schema)"}}"##
            + (alsoSafetensors ? arrays : "") + others + "}"
    }

    private static func responses(_ route: Route, _ front: Front) -> [String] {
        let good: String
        switch route.endpoint {
        case .health, .ready: good = content(json: "Status")
        case .metrics: good = #"{"text/plain": {"schema": {"type": "string"}}}"#
        case .document: good = #"{"application/json": {"schema": {"type": "object"}}}"#
        case .models: good = content(json: "ModelList")
        case .model: good = content(json: "Model")
        case .completions:
            good = content(
                json: "CompletionResponse",
                others: ##", "text/event-stream": {"schema": {"$ref": "#/components/schemas/Event"}}"##)
        case .vectors: good = content(json: "VectorResponse", alsoSafetensors: true)
        }
        let errors = statuses(route, front).map { status in
            #""\#(status)": {"description": "\#(meaning(status))", "content": \#(content(json: "Error"))}"#
        }
        return [#""200": {"description": "The answer.", "content": \#(good)}"#] + errors
    }

    private static func statuses(_ route: Route, _ front: Front) -> [Int] {
        let keys = front.accounts.needsKeys ? [401] : []
        switch route.endpoint {
        case .health: return []
        case .ready: return [503]
        case .metrics, .document, .models: return keys
        case .model: return keys + [404]
        case .completions, .vectors: return [400] + keys + [404, 408, 413, 415, 422, 429, 500, 503]
        }
    }

    private static func meaning(_ status: Int) -> String {
        switch status {
        case 400: "A parameter is missing or wrong."
        case 401: "No key, or an unknown one."
        case 404: "No such model, or it answers no such question."
        case 408: "The request did not arrive in time."
        case 413: "The body is too long."
        case 415: "The body is written in another format."
        case 422: "The request asks for too much at once, or another one had its Idempotency-Key."
        case 429: "The budget is spent, or the queries come too fast."
        case 503: "Too many requests wait; Retry-After says how long to wait."
        default: "The model has no such answer."
        }
    }
}

extension Route {
    /// What is asked of a model there; `nil` where no model is asked.
    fileprivate var operation: ThreatModel.Operation? {
        switch endpoint {
        case .completions: .complete
        case .vectors(let operation): operation
        default: nil
        }
    }

    fileprivate var needsKey: Bool { ![.health, .ready].contains(endpoint) }

    /// A name for generated clients.
    fileprivate var operationID: String {
        switch endpoint {
        case .health: "health"
        case .ready: "ready"
        case .metrics: "metrics"
        case .document: "document"
        case .models: "listModels"
        case .model: "retrieveModel"
        case .completions: "createCompletion"
        case .vectors(let operation): operation.rawValue
        }
    }

    fileprivate var summary: String {
        switch endpoint {
        case .health: "Whether the program runs."
        case .ready: "Whether it takes requests."
        case .metrics: "What it counts, as Prometheus reads it."
        case .document: "This document."
        case .models: "The models."
        case .model: "One model."
        case .completions: "Continuations of texts, and what the model thinks of their tokens."
        case .vectors(.classify): "The classes of records."
        case .vectors(.encode): "The codes of records."
        case .vectors(.decode): "The images of codes."
        case .vectors(.sample): "Images drawn from a generator."
        case .vectors(.discriminate): "The discriminator's logits of images."
        case .vectors: "The logits of the token after a context."
        }
    }
}
