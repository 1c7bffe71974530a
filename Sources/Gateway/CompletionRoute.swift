import Foundation
import ThreatModel
import Wire

/// `POST /v1/completions`.
extension Front {
    /// Continues texts.
    func complete(_ head: RequestHead, _ account: String, _ data: Data) async throws(WireError) -> Reply {
        guard BodyFormat(head.contentType) == .json else {
            throw WireError(
                415,
                .init(
                    message: "expected application/json, since texts are no arrays, found safetensors",
                    type: "invalid_request_error"))
        }
        let request = try await longWork(on: data.count) { () throws(WireError) in try CompletionBody.decode(data) }
        let (model, card) = try model(request.model, for: .complete, account)
        try request.checkTexts(model, card, limits)
        let query = try await longWork(on: request.textBytes) { () throws(WireError) in
            try request.query(model.tokeniser, defaultSeed: .random(in: 0 ... .max))
        }
        try limits.check(query)
        let response = CompletionResponse(
            id: "cmpl-\(UUID().uuidString.lowercased())", created: Int(Date.now.timeIntervalSince1970),
            model: model.id, choices: [], usage: nil)
        guard request.stream ?? false else { return try await whole(response, query, model, head, account) }
        let format = EventFormat(
            response, query, model, withUsage: request.streamOptions?.includeUsage ?? false)
        return try await streamed(query, model, head, account, format)
    }

    private func whole(
        _ template: CompletionResponse, _ query: CompletionQuery, _ model: ServedModel, _ head: RequestHead,
        _ account: String
    ) async throws(WireError) -> Reply {
        let (answer, record) = try await ask(.complete(query), of: model, head, account)
        guard case .completions(let completions) = answer else {
            throw WireError(500, .init(message: "the model answered something else", type: "server_error"))
        }
        var response = template
        response.usage = CompletionResponse.Usage(query, completions)
        response.choices = completions.enumerated().map { index, completion in
            CompletionResponse.Choice(completion, index: index, name: model.name)
        }
        var reply = try Reply(json: response)
        reply.record = record
        return reply
    }

    /// Answers when the stream has begun, so that a refusal is told by its status.
    private func streamed(
        _ query: CompletionQuery, _ model: ServedModel, _ head: RequestHead, _ account: String, _ format: EventFormat
    ) async throws(WireError) -> Reply {
        let (channel, parts, begun) = try await begin(query, of: model, head, account)
        var reply = Reply(200, "text/event-stream; charset=utf-8", Data())
        reply.headers.append(("Cache-Control", "no-cache"))
        do throws(WireError) {
            reply.body = .events(try CompletionEvents(channel, parts, begun: begun, format))
        } catch {
            channel.abandon()
            throw error
        }
        return reply
    }
}

extension Limits {
    /// Checks that a request does not ask for too much, before anything is multiplied.
    fileprivate func check(_ query: CompletionQuery) throws(WireError) {
        guard (1...128).contains(query.choices) else {
            throw .invalid("n", "expected 1 to 128, found \(query.choices)")
        }
        guard query.prompts.count <= rows, query.prompts.count * query.choices <= rows else {
            throw .tooMuch(
                "prompt",
                "expected at most \(rows) continuations, found \(query.prompts.count) prompts and \(query.choices) of "
                    + "each; ask in parts")
        }
        let longest = query.prompts.reduce(0) { max($0, $1.count) }
        guard (0...tokens).contains(query.maxTokens), longest <= tokens,
            (longest + query.maxTokens) * query.prompts.count * query.choices <= tokens
        else {
            throw .tooMuch(
                "max_tokens",
                "expected 0 or more, and at most \(tokens) tokens in all prompts and continuations, found prompts of up "
                    + "to \(longest), max_tokens \(query.maxTokens) and \(query.prompts.count * query.choices) "
                    + "continuations; ask in parts")
        }
    }
}

/// Reads the body of `POST /v1/completions`, and refuses what it would have to ignore.
enum CompletionBody {
    private static let known: Set<String> = [
        "model", "prompt", "max_tokens", "temperature", "top_p", "top_k", "n", "logprobs", "echo", "logit_bias", "stop",
        "stream", "stream_options", "seed", "draw_stream", "draw_numbers", "user", "best_of", "presence_penalty",
        "frequency_penalty",
        "suffix",
    ]

    /// What clients of OpenAI may send, and what changes nothing as long as it says so.
    private struct Neutral: Decodable {
        var bestOf: Int?
        var presencePenalty: Double?
        var frequencyPenalty: Double?
        var suffix: String?

        enum CodingKeys: String, CodingKey {
            case suffix
            case bestOf = "best_of"
            case presencePenalty = "presence_penalty"
            case frequencyPenalty = "frequency_penalty"
        }
    }

    private struct Both: Decodable {
        var request: CompletionRequest
        var neutral: Neutral

        init(from decoder: any Decoder) throws {
            request = try CompletionRequest(from: decoder)
            neutral = try Neutral(from: decoder)
        }
    }

    static func decode(_ data: Data) throws(WireError) -> CompletionRequest {
        let both = try StrictBody<Both>.decode(data, known: known)
        let neutral = both.neutral
        if let best = neutral.bestOf, best != both.request.n ?? 1 {
            throw .invalid("best_of", "is not supported; expected as many as n, found \(best); remove it")
        }
        if let penalty = neutral.presencePenalty, penalty != 0 {
            throw .invalid("presence_penalty", "is not supported; expected 0, found \(penalty); remove it")
        }
        if let penalty = neutral.frequencyPenalty, penalty != 0 {
            throw .invalid("frequency_penalty", "is not supported; expected 0, found \(penalty); remove it")
        }
        if let suffix = neutral.suffix, !suffix.isEmpty {
            throw .invalid("suffix", "is not supported; expected none; remove it")
        }
        return both.request
    }
}
