import Foundation
import ThreatModel
import Wire

/// Continuations as server-sent events, written as they are computed: an event per token and choice.
///
/// The events of one turn are written together; choices come in turns by their index, as they are generated. An error
/// in mid-stream is an event of its own, after which nothing comes.
struct CompletionEvents: AsyncSequence, Sendable {
    /// What is written at once: the events of a turn.
    typealias Element = Data

    /// Says at its end what the logs say.
    let channel: PartChannel
    private let parts: PartChannel.Parts
    private let first: Data
    private let format: EventFormat

    /// Prepares the events of a stream.
    ///
    /// - Parameters:
    ///   - channel: what is abandoned when nobody reads on.
    ///   - parts: what is still to be read from it.
    ///   - begun: what has been read.
    ///   - format: how it is written.
    /// - Throws: ``Wire/WireError`` when what has been read cannot be written.
    init(
        _ channel: PartChannel, _ parts: PartChannel.Parts, begun: [CompletionPart], _ format: EventFormat
    ) throws(WireError) {
        var format = format
        first = try format.events(begun)
        (self.channel, self.parts, self.format) = (channel, parts, format)
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(channel: channel, parts: parts.makeAsyncIterator(), format: format, first: first)
    }

    struct Iterator: AsyncIteratorProtocol {
        let channel: PartChannel
        var parts: PartChannel.Parts.Iterator
        var format: EventFormat
        var first: Data?
        var isOver = false

        mutating func next() async -> Data? {
            if let first, !first.isEmpty {
                self.first = nil
                return first
            }
            while !isOver {
                let events = await more()
                if let events, !events.isEmpty { return events }
            }
            return nil
        }

        /// The events of the next turn, or what ends the stream.
        private mutating func more() async -> Data? {
            do {
                if let told = try await parts.next() { return try format.events(told) }
                isOver = true
                // Who was told to stop has not reached the end.
                return Task.isCancelled ? nil : try format.end()
            } catch {
                isOver = true
                channel.abandon()
                return EventFormat.error(WireError(anyhow: error))
            }
        }
    }
}

/// How the parts of continuations are written as events.
struct EventFormat: Sendable {
    private let template: CompletionResponse
    private let query: CompletionQuery
    private let model: ServedModel
    private let withUsage: Bool
    private var written: [Int: (tokens: Int, scalars: Int)] = [:]
    private var generated = 0

    /// Begins with nothing written.
    ///
    /// - Parameters:
    ///   - template: what all events have in common.
    ///   - query: the request.
    ///   - model: what knows the texts of tokens.
    ///   - withUsage: whether a last event tells the usage.
    init(_ template: CompletionResponse, _ query: CompletionQuery, _ model: ServedModel, withUsage: Bool) {
        (self.template, self.query, self.model, self.withUsage) = (template, query, model, withUsage)
    }

    /// An event per part.
    ///
    /// - Throws: ``Wire/WireError`` when a number is not finite.
    mutating func events(_ parts: [CompletionPart]) throws(WireError) -> Data {
        var events = Data()
        for part in parts { events += try Self.event(response([choice(part)], usage: nil)) }
        return events
    }

    /// What follows the last part: the usage, where it was asked for, and a mark.
    func end() throws(WireError) -> Data {
        let mark = Data("data: [DONE]\n\n".utf8)
        guard withUsage else { return mark }
        var usage = CompletionResponse.Usage(query, [])
        usage.completionTokens += generated
        usage.totalTokens += generated
        return try Self.event(response([], usage: usage)) + mark
    }

    /// An error in mid-stream.
    static func error(_ error: WireError) -> Data {
        guard case .data(let data) = Reply(error).body else { return Data() }
        return Data("event: error\ndata: ".utf8) + data + Data("\n\n".utf8)
    }

    private static func event(_ response: CompletionResponse) throws(WireError) -> Data {
        guard case .data(let data) = try Reply(json: response).body else { return Data() }
        return Data("data: ".utf8) + data + Data("\n\n".utf8)
    }

    private func response(
        _ choices: [CompletionResponse.Choice], usage: CompletionResponse.Usage?
    ) -> CompletionResponse {
        var response = template
        (response.choices, response.usage) = (choices, usage)
        return response
    }

    private mutating func choice(_ part: CompletionPart) -> CompletionResponse.Choice {
        var (piece, before) = (part.added, written[part.index] ?? (0, 0))
        if piece.text == nil {
            let numbers = piece.tokens.map { "\($0)" }.joined(separator: " ")
            piece.text = before.tokens > 0 && !numbers.isEmpty ? " " + numbers : numbers
        }
        // An event without a token has nothing to say of tokens.
        if piece.tokens.isEmpty { piece.places = nil }
        var choice = CompletionResponse.Choice(piece, index: part.index, name: model.name)
        if !part.isLast { choice.finishReason = nil }
        let offsets = choice.logprobs?.textOffset.map { $0 + before.scalars }
        choice.logprobs?.textOffset = offsets ?? []
        before.tokens += piece.tokens.count
        before.scalars += piece.tokens.reduce(0) { $0 + model.name($1).unicodeScalars.count }
        written[part.index] = before
        generated += piece.generated
        return choice
    }
}

extension WireError {
    /// The error of a stream, whatever it is.
    init(anyhow error: any Error) {
        switch error {
        case let error as WireError: self = error
        case let error as ThreatModelError: self.init(error)
        default: self.init(500, .init(message: "the stream ended: \(error)", type: "server_error"))
        }
    }
}
