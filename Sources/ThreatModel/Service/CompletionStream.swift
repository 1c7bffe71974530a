/// An answer that comes token by token, computed as far as it is asked for.
///
/// Whoever lets go of it before its end has what was computed until then, and nothing more is computed.
public protocol CompletionStream {
    /// The tokens that were generated so far, those that are still kept back included: what an account pays for.
    var generated: Int { get }
    /// Computes one token more of each text that is under way.
    ///
    /// - Returns: what can be told now, by ascending number, and of one text in order; nothing where all of it is kept
    ///   back for the moment; `nil` after the end.
    /// - Throws: what ``ModelService/answer(_:)`` throws. Nothing can be asked of the stream after that.
    mutating func next() throws(ThreatModelError) -> [CompletionPart]?
}

/// What a continuation grows by.
public struct CompletionPart: Sendable, Equatable {
    /// The continuation: choice c of prompt p is number p·choices + c.
    public var index: Int
    /// What is added: tokens, text, log-probabilities and the number of generated tokens; why it ends only in the last.
    public var added: Completion
    /// Whether the continuation ends with it.
    public var isLast: Bool

    /// Creates a part.
    public init(index: Int, added: Completion, isLast: Bool) {
        (self.index, self.added, self.isLast) = (index, added, isLast)
    }
}

/// The continuations that the parts of a stream make.
public struct GrowingCompletions: Sendable {
    private var texts: [Int: Completion] = [:]

    /// Creates none.
    public init() {}

    /// Takes in what a stream tells.
    ///
    /// - Complexity: O(parts)
    public mutating func append(_ parts: [CompletionPart]) {
        for part in parts { texts[part.index, default: Self.empty(part.added)].append(part.added) }
    }

    /// The continuations by ascending number; after a stream's end they are the answer.
    public var completions: [Completion] { texts.sorted { $0.key < $1.key }.map(\.value) }

    private static func empty(_ part: Completion) -> Completion {
        Completion(
            prompt: part.prompt, tokens: [], text: part.text.map { _ in "" }, places: part.places.map { _ in [] },
            generated: 0)
    }
}

extension Completion {
    fileprivate mutating func append(_ part: Completion) {
        tokens += part.tokens
        if let more = part.text { text = (text ?? "") + more }
        if let more = part.places { places = (places ?? []) + more }
        (finish, generated) = (part.finish, generated + part.generated)
    }
}

/// A stream of one part per text, when all of them are there.
struct WholeCompletionStream: CompletionStream {
    private let service: any ModelService
    private let query: CompletionQuery
    private(set) var generated = 0
    private var isOver = false

    init(_ service: any ModelService, _ query: CompletionQuery) { (self.service, self.query) = (service, query) }

    mutating func next() throws(ThreatModelError) -> [CompletionPart]? {
        guard !isOver else { return nil }
        guard case .completions(let texts) = try service.answer(.complete(query)) else {
            throw .refused(.transport("expected texts, found another answer; the service is not ours"))
        }
        (isOver, generated) = (true, texts.reduce(0) { $0 + $1.generated })
        return texts.enumerated().map { CompletionPart(index: $0, added: $1, isLast: true) }
    }
}
