import Autograd
import Foundation
import Models
import Tensors

/// Continuations of prompts of one length, which grow side by side.
struct CompletionBatch {
    /// The numbers of the continuations.
    let sequences: [Int]
    /// The continuations as far as they are.
    private(set) var drafts: [Draft]
    /// Whether none grows any more.
    private(set) var isOver = false
    private let engine: CompletionEngine
    private let query: CompletionQuery
    private var generator: TextGenerator?
    private var fed: [Int32]?
    private var place: Int

    /// A continuation while it grows.
    struct Draft {
        var prompt: Int
        var tokens: [Int32] = []
        var places: [TokenPlace] = []
        var echoed: [TokenPlace] = []
        var finish: Completion.Finish?
        /// The tokens before the text that it stopped at.
        var kept: Int?
        /// The text before the one that it stopped at.
        var text: String?
    }

    /// Begins nothing yet.
    init(_ engine: CompletionEngine, _ query: CompletionQuery, _ sequences: [Int]) {
        (self.engine, self.query, self.sequences) = (engine, query, sequences)
        drafts = sequences.map { Draft(prompt: $0 / query.choices, finish: nil) }
        place = drafts.first.map { query.prompts[$0.prompt].count } ?? 0
    }

    private var end: Int { (drafts.first.map { query.prompts[$0.prompt].count } ?? 0) + query.maxTokens }

    /// Computes one token of each continuation that still grows; the first time, after reading the prompts.
    mutating func advance() {
        guard !isOver else { return }
        if fed == nil, query.echoes, query.logProbabilities != nil { echo() }
        guard place < end else {
            isOver = true
            return
        }
        fed = choose(biased(feed()))
        place += 1
        isOver = place == end || drafts.allSatisfy { $0.finish != nil }
    }

    /// The logits of the next tokens.
    private mutating func feed() -> Tensor {
        if let fed, let logits = generator?.step(fed) { return logits }
        var begun = TextGenerator(engine.network, engine.parameters, sequences: sequences.count)
        let logits = begun.begin(drafts.flatMap { query.prompts[$0.prompt] })
        generator = begun
        return logits
    }

    private mutating func choose(_ logits: Tensor) -> [Int32] {
        let draws = query.rule.isGreedy ? [] : sequences.map { query.stream[query.address(of: $0)].uniform(place) }
        let (logits, hasNone) = restricted(logits)
        for index in drafts.indices where hasNone[index] && drafts[index].finish == nil {
            drafts[index].finish = .stop
        }
        let next = allowed(query.rule.choose(logits, draws: draws), logits)
        for (index, token) in next.enumerated() where drafts[index].finish == nil {
            if let most = query.logProbabilities {
                drafts[index].places.append(TokenPlace(query.restriction.told(logits.row(index)), token, most))
            }
            drafts[index].tokens.append(token)
            stop(&drafts[index])
        }
        return next
    }

    /// Logits that are minus infinity for tokens that a filter forbids, and whether no token is left.
    private func restricted(_ logits: Tensor) -> (logits: Tensor, hasNone: [Bool]) {
        var (result, hasNone) = (logits, drafts.map { _ in false })
        guard !query.restriction.filters.isEmpty else { return (result, hasNone) }
        for (row, draft) in drafts.enumerated() where draft.finish == nil {
            let text = query.prompts[draft.prompt] + draft.tokens
            let hidden = query.restriction.forbidden(after: text, vocabulary: engine.network.vocabulary)
            hasNone[row] = hidden.count == engine.network.vocabulary
            for token in hidden { result[row * logits.columns + Int(token)] = -.infinity }
        }
        return (result, hasNone)
    }

    /// The chosen tokens, or the likeliest where the rounding of a draw met one that a filter forbids.
    private func allowed(_ chosen: [Int32], _ logits: Tensor) -> [Int32] {
        guard !query.restriction.filters.isEmpty else { return chosen }
        let likeliest = logits.rowArgmax()
        return chosen.enumerated().map { row, token in
            logits[row * logits.columns + Int(token)].isFinite ? token : likeliest[row]
        }
    }

    private func stop(_ draft: inout Draft) {
        guard !query.stops.isEmpty, let text = engine.text(draft.tokens) else { return }
        guard let end = query.stops.compactMap({ text.firstRange(of: $0)?.lowerBound }).min() else { return }
        draft.finish = .stop
        draft.text = String(text[..<end])
        let most = draft.text?.count ?? 0
        draft.kept = (0..<draft.tokens.count).last { length(of: draft.tokens[..<$0]) <= most } ?? 0
    }

    /// The characters of some tokens' text.
    private func length(of tokens: ArraySlice<Int32>) -> Int { engine.text(Array(tokens))?.count ?? 0 }

    /// How many tokens of a continuation are sure to be part of the answer, at least `known`.
    ///
    /// A text to stop at may have begun in the last characters, as many as it has; a token joins the last of them at
    /// most, since what is no whole character yet is not counted.
    func settled(_ index: Int, known: Int) -> Int {
        let draft = drafts[index]
        guard !isOver, draft.finish == nil else { return draft.kept ?? draft.tokens.count }
        guard let longest = query.stops.map(\.count).max(), var text = engine.text(draft.tokens) else {
            return draft.tokens.count
        }
        while text.unicodeScalars.last == "\u{FFFD}" { text.unicodeScalars.removeLast() }
        let most = text.count - longest
        return (known...draft.tokens.count).last { $0 == known || length(of: draft.tokens[..<$0]) <= most } ?? known
    }

    /// A continuation that grows no more.
    func finished(_ index: Int) -> Completion {
        let (draft, prompt) = (drafts[index], query.prompts[drafts[index].prompt])
        let kept = draft.kept ?? draft.tokens.count
        let shown = (query.echoes ? prompt : []) + draft.tokens.prefix(kept)
        let places = query.logProbabilities.map { _ in draft.echoed + draft.places.prefix(kept) }
        return Completion(
            prompt: draft.prompt, tokens: shown, text: text(draft, kept), places: places,
            finish: draft.finish ?? .length, generated: draft.tokens.count)
    }

    /// The text that is shown; where there are texts to stop at, those of prompt and continuation side by side.
    private func text(_ draft: Draft, _ kept: Int) -> String? {
        let (prompt, own) = (query.echoes ? query.prompts[draft.prompt] : [], Array(draft.tokens.prefix(kept)))
        guard !query.stops.isEmpty else { return engine.text(prompt + own) }
        guard let text = draft.text ?? engine.text(own), let read = engine.text(prompt) else { return nil }
        return read + text
    }

    /// The log-probabilities of the prompts' own tokens.
    private mutating func echo() {
        let prompts = drafts.map { query.prompts[$0.prompt] }
        guard let most = query.logProbabilities, let length = prompts.first?.count else { return }
        let (vocabulary, first) = (engine.network.vocabulary, TokenPlace(logProbability: nil, top: []))
        let given = prompts.flatMap { $0.dropLast() }
        let logits =
            length > 1 ? biased(engine.logitsEverywhere(given, length: length - 1)) : .zeros([0, vocabulary])
        for (index, prompt) in prompts.enumerated() {
            let places = (1..<max(length, 1)).map { place in
                let row = query.restriction.told(logits.row(index * (length - 1) + place - 1))
                let hidden = query.restriction.forbidden(after: Array(prompt[..<place]), vocabulary: vocabulary)
                return TokenPlace(row, prompt[place], most, hiding: hidden)
            }
            drafts[index].echoed = [first] + places
        }
    }

    private func biased(_ logits: Tensor) -> Tensor {
        guard !query.bias.isEmpty else { return logits }
        var result = logits
        for row in 0..<logits.rows {
            for (token, bias) in query.bias { result[row * logits.columns + Int(token)] += bias }
        }
        return result
    }
}

extension TokenPlace {
    /// What logits say of a token and of the likeliest that are not hidden.
    fileprivate init(_ logits: [Float], _ token: Int32, _ most: Int, hiding hidden: Set<Int32> = []) {
        let normaliser = Self.logSumExp(logits, logits.max() ?? 0)
        func logProbability(_ index: Int) -> Float { Float(Double(logits[index]) - normaliser) }
        var open = logits
        for token in hidden { open[Int(token)] = -.infinity }
        let top = Self.largest(most, of: open).filter { open[$0].isFinite }.map {
            RankedToken(token: Int32($0), logProbability: logProbability($0))
        }
        self.init(logProbability: logProbability(Int(token)), top: top)
    }

    private static func logSumExp(_ logits: [Float], _ greatest: Float) -> Double {
        let total = logits.reduce(0.0) { $0 + Foundation.exp(Double($1 - greatest)) }
        return Double(greatest) + Foundation.log(total)
    }

    /// The indices of the largest numbers, largest first; of equal ones the first.
    private static func largest(_ count: Int, of numbers: [Float]) -> [Int] {
        var kept: [Int] = []
        guard count > 0 else { return kept }
        for index in numbers.indices {
            if kept.count == count, let last = kept.last, numbers[index] <= numbers[last] { continue }
            let place = kept.firstIndex { numbers[$0] < numbers[index] } ?? kept.count
            kept.insert(index, at: place)
            if kept.count > count { kept.removeLast() }
        }
        return kept
    }
}
