/// A stream whose parts go through defences that act token by token.
///
/// To a defence each part is a short continuation of all the text before it, which is what the text is at that place.
struct DefendedStream: CompletionStream {
    private var stream: any CompletionStream
    private let defences: [any OutputDefence]
    private let query: CompletionQuery
    private var texts: [Int: [Int32]] = [:]

    /// Wraps the stream of a prepared query.
    init(_ stream: any CompletionStream, _ defences: [any OutputDefence], _ query: CompletionQuery) {
        (self.stream, self.defences, self.query) = (stream, defences, query)
    }

    var generated: Int { stream.generated }

    mutating func next() throws(ThreatModelError) -> [CompletionPart]? {
        guard let parts = try stream.next() else { return nil }
        var told: [CompletionPart] = []
        for part in parts { told.append(try defended(part)) }
        return told
    }

    private mutating func defended(_ part: CompletionPart) throws(ThreatModelError) -> CompletionPart {
        let before = texts[part.index] ?? (query.echoes ? [] : query.prompts[part.added.prompt])
        texts[part.index] = before + part.added.tokens
        var asked = query
        (asked.prompts, asked.choices, asked.numbers, asked.echoes) = ([before], 1, nil, false)
        var result = part
        result.added.prompt = 0
        var answer = Answer.completions([result.added])
        for defence in defences { answer = defence.defended(answer, to: .complete(asked)) }
        guard case .completions(let texts) = answer, texts.count == 1 else {
            throw .refused(.transport("expected a text of a defence, found another answer"))
        }
        result.added = texts[0]
        result.added.prompt = part.added.prompt
        return result
    }
}
