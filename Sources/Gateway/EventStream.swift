import Datasets
import Foundation
import ThreatModel
import Wire

/// Continuations token by token, as server-sent events.
///
/// - Deviation: a continuation is computed to its end before its first event is sent, since defences and monitors look
///   at whole answers; the events are what they would be otherwise.
struct EventStream {
    private let template: CompletionResponse
    private let query: CompletionQuery
    private let withUsage: Bool

    /// Prepares the events of an answer.
    init(_ template: CompletionResponse, _ query: CompletionQuery, withUsage: Bool) {
        (self.template, self.query, self.withUsage) = (template, query, withUsage)
    }

    /// All events: of each choice one per token, and one that says why it ends; in turns, as they would be generated.
    func reply(_ completions: [Completion], _ model: ServedModel) throws(WireError) -> Reply {
        let pieces = completions.enumerated().map { choices($1, index: $0, model) }
        var events: [Data] = []
        for step in 0..<(pieces.map(\.count).max() ?? 0) {
            for piece in pieces where step < piece.count { events.append(try event([piece[step]], usage: nil)) }
        }
        if withUsage { events.append(try event([], usage: template.usage)) }
        var reply = Reply(200, "text/event-stream; charset=utf-8", Data())
        reply.headers.append(("Cache-Control", "no-cache"))
        reply.body = .events(events + [Data("data: [DONE]\n\n".utf8)])
        return reply
    }

    private func event(
        _ choices: [CompletionResponse.Choice], usage: CompletionResponse.Usage?
    ) throws(WireError) -> Data {
        var response = template
        (response.choices, response.usage) = (choices, usage)
        guard case .data(let data) = try Reply(json: response).body else { return Data() }
        return Data("data: ".utf8) + data + Data("\n\n".utf8)
    }

    private func choices(_ completion: Completion, index: Int, _ model: ServedModel) -> [CompletionResponse.Choice] {
        let texts = pieces(completion, model)
        var offset = 0
        var result: [CompletionResponse.Choice] = []
        let echoed = query.echoes ? query.prompts[completion.prompt].count : 0
        for (place, token) in completion.tokens.enumerated() {
            let part = Completion(
                prompt: completion.prompt, tokens: [token], text: texts[place],
                places: completion.places.map { [$0[place]] }, generated: place < echoed ? 0 : 1)
            var choice = CompletionResponse.Choice(part, index: index, name: model.name)
            choice.finishReason = nil
            choice.logprobs?.textOffset = [offset]
            offset += model.name(token).unicodeScalars.count
            result.append(choice)
        }
        let shown = completion.tokens.count - echoed
        let last = Completion(
            prompt: completion.prompt, tokens: [], text: texts.last ?? "", finish: completion.finish,
            generated: completion.generated - shown)
        return result + [CompletionResponse.Choice(last, index: index, name: model.name)]
    }

    /// The text that each token adds, and at the end what is left: together they are the whole text.
    ///
    /// A token may hold a part of a character, which is told with the token that ends it.
    private func pieces(_ completion: Completion, _ model: ServedModel) -> [String] {
        guard let whole = completion.text, let tokeniser = model.tokeniser else {
            return completion.tokens.enumerated().map { $0 == 0 ? "\($1)" : " \($1)" } + [""]
        }
        var told = whole.unicodeScalars.startIndex
        let scalars = whole.unicodeScalars
        var known: [Int32] = []
        var pieces = completion.tokens.map { token -> String in
            known.append(token)
            // The tokens are those of an answer, so that each is one of the vocabulary.
            guard let text = try? tokeniser.decode(known), whole.unicodeScalars.starts(with: text.unicodeScalars),
                let end = scalars.index(
                    scalars.startIndex, offsetBy: text.unicodeScalars.count, limitedBy: scalars.endIndex), end > told
            else { return "" }
            defer { told = end }
            return String(scalars[told..<end])
        }
        pieces.append(String(scalars[told...]))
        return pieces
    }
}
