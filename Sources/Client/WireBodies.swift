import Foundation
import Tensors
import ThreatModel
import Wire

extension WireRequest {
    /// Writes a query: vectors as safetensors, all else as JSON.
    ///
    /// - Throws: ``ThreatModelError`` when a number cannot be written.
    init(_ query: Query, model: String) throws(ThreatModelError) {
        self.init(method: "POST", path: "v1/\(query.operation.rawValue)", accept: MediaType.safetensors)
        // The name of the request, and of nothing that it asks for: no result depends on it.
        idempotencyKey = UUID().uuidString.lowercased()
        switch query {
        case .classify(let rows), .decode(let rows), .discriminate(let rows): try write(rows, nil, model)
        case .encode(let rows, let labels): try write(rows, labels, model)
        case .sample(let count, let label, let stream):
            try write(SampleRequest(model: model, count: count, label: label, stream: stream))
        case .logits(let contexts): try write(LogitsRequest(model: model, contexts: contexts))
        case .complete(let query):
            accept = MediaType.json
            try write(CompletionRequest(query, model: model))
        }
    }

    private mutating func write(_ rows: Tensor, _ labels: [Int32]?, _ model: String) throws(ThreatModelError) {
        var file = Safetensors(arrays: ["inputs": Safetensors.Array(rows)], metadata: ["model": model])
        file.arrays["labels"] = labels.map { Safetensors.Array($0, shape: [$0.count]) }
        contentType = MediaType.safetensors
        do {
            body = try file.encoded()
        } catch {
            throw .refused(
                .invalid(parameter: "inputs", "expected numbers that can be written, found others: \(error)"))
        }
    }

    private mutating func write(_ value: some Encodable) throws(ThreatModelError) {
        contentType = MediaType.json
        do {
            body = try JSONEncoder().encode(value)
        } catch {
            // Nothing else in a question is beyond JSON.
            throw .refused(.invalid(parameter: "", "expected finite numbers, which JSON can tell, found others"))
        }
    }
}

extension WireReply {
    /// What went wrong; `nil` of an answer.
    var error: WireError? {
        guard !(200..<300).contains(status) else { return nil }
        guard let content = try? JSONDecoder().decode(ErrorBody.self, from: body) else {
            // A proxy's page, or another service's.
            return WireError(status, .init(message: "the answer has no error that can be read", type: "server_error"))
        }
        return WireError(status, content.error, retryAfter: retryAfter)
    }

    func decoded<Value: Decodable>(_: Value.Type) throws(ThreatModelError) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: body)
        } catch {
            // A decoder's error is a page about keys, and one line is what is told.
            throw .unreadable("\(Value.self) as JSON, found \(body.count) bytes of \(contentType)")
        }
    }

    /// Reads an answer, and checks that it has as many parts as the question.
    func answer(to query: Query, _ entry: ModelList.Entry) throws(ThreatModelError) -> Answer {
        if case .complete(let query) = query {
            let texts = try decoded(CompletionResponse.self).completions(hasText: entry.hasTokeniser)
            guard let texts, texts.count == query.prompts.count * query.choices else {
                throw .unreadable("\(query.prompts.count * query.choices) texts with the numbers of their tokens")
            }
            return .completions(texts)
        }
        let answer = try vectors()
        let isAsked: Bool
        switch answer {
        case .classes(let classes): isAsked = query.operation == .classify && classes.labels.count == query.cost.queries
        case .vectors(let rows): isAsked = query.operation != .classify && rows.rows == query.cost.queries
        case .completions: isAsked = false
        }
        guard isAsked else { throw .unreadable("\(query.cost.queries) answers to '\(query.operation.rawValue)'") }
        return answer
    }

    private func vectors() throws(ThreatModelError) -> Answer {
        do {
            return try Answer(try Safetensors(decoding: body))
        } catch {
            throw .unreadable("safetensors, found \(body.count) bytes of \(contentType) (\(error))")
        }
    }
}

extension WireError {
    /// Whether the same request may be answered later.
    var isPassing: Bool { status == 503 || status == 429 && body.error.code == "rate_limit_exceeded" }
}
