import Datasets

/// The continuations of a model in this process, token by token.
///
/// Token for token and bit for bit they are those of ``CompletionEngine/completions(_:)``: the same batches are
/// computed. As many of them as fit side by side grow at once, each by a token per call, so that prompts of different
/// lengths come in turns; others begin when those have ended.
///
/// A token is kept back as long as a text to stop at may have begun before its end, and a text's last character as long
/// as it is a part of one.
struct LocalCompletionStream: CompletionStream {
    private let engine: CompletionEngine
    private let query: CompletionQuery
    private let width: Int
    private var waiting: ArraySlice<[Int]>
    private var open: [Open] = []
    private var closed = 0

    private struct Open {
        var batch: CompletionBatch
        var told: [Told]
    }

    /// What was told of a continuation.
    private struct Told {
        var text: TextPieces
        var tokens = 0
        var hasBegun = false
        var isOver = false
    }

    /// Prepares to compute batches.
    ///
    /// - Parameters:
    ///   - engine: what computes.
    ///   - query: the request.
    ///   - batches: the numbers of the continuations of each batch.
    ///   - width: the most continuations side by side; a larger batch is computed alone.
    init(_ engine: CompletionEngine, _ query: CompletionQuery, _ batches: [[Int]], width: Int) {
        (self.engine, self.query, self.width, waiting) = (engine, query, width, batches[...])
    }

    var generated: Int { open.reduce(closed) { $0 + $1.batch.drafts.reduce(0) { $0 + $1.tokens.count } } }

    mutating func next() -> [CompletionPart]? {
        admit()
        guard !open.isEmpty else { return nil }
        var parts: [CompletionPart] = []
        for index in open.indices {
            open[index].batch.advance()
            for row in open[index].told.indices { tell(index, row, &parts) }
        }
        for ended in open where ended.batch.isOver { closed += ended.batch.drafts.reduce(0) { $0 + $1.tokens.count } }
        open.removeAll(where: \.batch.isOver)
        // Parts of one text stay in order, since the sort is stable.
        return parts.sorted { $0.index < $1.index }
    }

    private mutating func admit() {
        var taken = open.reduce(0) { $0 + $1.told.count }
        while let sequences = waiting.first, taken == 0 || taken + sequences.count <= width {
            waiting.removeFirst()
            taken += sequences.count
            let told = sequences.map { _ in Told(text: TextPieces(engine.tokeniser)) }
            open.append(Open(batch: CompletionBatch(engine, query, sequences), told: told))
        }
    }

    /// Adds what is new of a continuation, a part for each token.
    private mutating func tell(_ index: Int, _ row: Int, _ parts: inout [CompletionPart]) {
        let (batch, draft) = (open[index].batch, open[index].batch.drafts[row])
        var told = open[index].told[row]
        guard !told.isOver else { return }
        func add(_ tokens: [Int32], _ text: String?, _ places: [TokenPlace]?, generated: Int) {
            let added = Completion(
                prompt: draft.prompt, tokens: tokens, text: text, places: places, generated: generated)
            parts.append(CompletionPart(index: batch.sequences[row], added: added, isLast: false))
        }
        if query.echoes, !told.hasBegun {
            let prompt = query.prompts[draft.prompt]
            let text = told.text.add(prompt, isWhole: !query.stops.isEmpty)
            add(prompt, text, query.logProbabilities.map { _ in draft.echoed }, generated: 0)
        }
        told.hasBegun = true
        for place in told.tokens..<batch.settled(row, known: told.tokens) {
            let token = [draft.tokens[place]]
            add(token, told.text.add(token), query.logProbabilities.map { _ in [draft.places[place]] }, generated: 1)
            told.tokens += 1
        }
        told.isOver = batch.isOver || draft.finish != nil
        if told.isOver {
            parts.append(CompletionPart(index: batch.sequences[row], added: last(batch, row, told), isLast: true))
        }
        open[index].told[row] = told
    }

    /// Why a continuation ends, and what is left of it: text of which no token could be told.
    private func last(_ batch: CompletionBatch, _ index: Int, _ told: Told) -> Completion {
        var whole = batch.finished(index)
        whole.tokens = []
        whole.places = whole.places.map { _ in [] }
        whole.generated -= told.tokens
        whole.text = whole.text.map(told.text.rest)
        return whole
    }
}

/// The text that tokens add, one after the other; together with the rest it is the whole text.
///
/// A token may hold a part of a character, which is told with the token that ends it.
struct TextPieces {
    private let tokeniser: Tokeniser?
    private var kept: [Int32] = []
    private var told = 0

    /// Begins with an empty text.
    init(_ tokeniser: Tokeniser?) { self.tokeniser = tokeniser }

    /// The text that is whole with these tokens, or is said to be; `nil` without a tokeniser.
    mutating func add(_ tokens: [Int32], isWhole: Bool = false) -> String? {
        guard let tokeniser else { return nil }
        kept += tokens
        // Every token was checked or generated, so that none is outside the vocabulary.
        guard let text = try? tokeniser.decode(kept), isWhole || text.unicodeScalars.last != "\u{FFFD}" else {
            return ""
        }
        kept = []
        told += text.unicodeScalars.count
        return text
    }

    /// What of a whole text was not told.
    func rest(of whole: String) -> String { String(whole.unicodeScalars.dropFirst(told)) }
}
