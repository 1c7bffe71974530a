import Autograd
import Datasets
import Foundation
import Models
import Tensors

/// Continues texts and says what the model thinks of them.
struct CompletionEngine {
    let network: Transformer
    let parameters: Parameters
    let tokeniser: Tokeniser?

    /// The most sequences side by side, which bounds the memory.
    private static let batch = 64

    func completions(_ query: CompletionQuery) throws(ThreatModelError) -> [Completion] {
        try check(query)
        if let plain = plain(query) { return plain }
        var results: [Completion?] = Array(repeating: nil, count: query.prompts.count * query.choices)
        let lengths = Dictionary(grouping: results.indices) { query.prompts[$0 / query.choices].count }
        // The choices of a prompt stay together, so that a part of a request makes the batches of the whole.
        let batch = max(1, Self.batch / query.choices) * query.choices
        for (_, sequences) in lengths.sorted(by: { $0.key < $1.key }) {
            for start in stride(from: 0, to: sequences.count, by: batch) {
                let part = Array(sequences[start..<min(start + batch, sequences.count)])
                for (sequence, completion) in zip(part, generate(part, query)) { results[sequence] = completion }
            }
        }
        return results.compactMap(\.self)
    }

    /// The logits of the token after each context, shape [count, vocabulary].
    func logits(_ contexts: [[Int32]]) throws(ThreatModelError) -> Tensor {
        var query = CompletionQuery(prompts: contexts, maxTokens: 0)
        query.echoes = true
        try check(query)
        guard let length = contexts.first?.count, contexts.allSatisfy({ $0.count == length }), length <= network.context
        else { throw invalid("contexts", "expected contexts of one length, at most \(network.context) tokens") }
        let parts = stride(from: 0, to: contexts.count, by: Self.batch).map { start in
            let part = contexts[start..<min(start + Self.batch, contexts.count)]
            var generator = TextGenerator(network, parameters, sequences: part.count)
            return generator.begin(part.flatMap(\.self))
        }
        return Tensor.concatenatedRows(parts)
    }

    private func invalid(_ parameter: String, _ text: String) -> ThreatModelError {
        .refused(.invalid(parameter: parameter, text))
    }

    private func check(_ query: CompletionQuery) throws(ThreatModelError) {
        let known = Int32(0)..<Int32(network.vocabulary)
        guard !query.prompts.isEmpty, query.prompts.allSatisfy({ !$0.isEmpty }) else {
            throw invalid("prompt", "expected at least one token in each, found none")
        }
        if let strange = query.prompts.lazy.joined().first(where: { !known.contains($0) }) {
            throw invalid("prompt", "expected tokens from 0 to \(network.vocabulary - 1), found \(strange)")
        }
        if let strange = query.bias.keys.filter({ !known.contains($0) }).min() {
            throw invalid("logit_bias", "expected tokens from 0 to \(network.vocabulary - 1), found \(strange)")
        }
        guard query.bias.values.allSatisfy({ (-100...100).contains($0) }) else {
            throw invalid("logit_bias", "expected numbers from −100 to 100")
        }
        guard query.numbers.map({ $0.count == query.prompts.count && $0.allSatisfy((0..<1 << 48).contains) }) ?? true
        else { throw invalid("draw_numbers", "expected a number per prompt, from 0 to 2⁴⁸ − 1") }
        guard (1...128).contains(query.choices) else { throw invalid("n", "expected 1 to 128, found \(query.choices)") }
        guard (0...20).contains(query.logProbabilities ?? 0) else {
            throw invalid("logprobs", "expected 0 to 20, found \(query.logProbabilities ?? 0)")
        }
        let longest = query.prompts.reduce(0) { max($0, $1.count) }
        guard query.maxTokens >= 0, query.maxTokens <= network.context + 1 - longest else {
            throw invalid(
                "max_tokens",
                "expected prompt and continuation of at most \(network.context + 1) tokens together, found \(longest) "
                    + "and \(query.maxTokens)")
        }
        guard query.maxTokens > 0 || query.echoes else {
            throw invalid("max_tokens", "expected at least 1 where the prompt is not echoed, found 0")
        }
    }

    /// Continuations of which nothing but the tokens is asked, as ``Models/TextGenerator`` draws them.
    private func plain(_ query: CompletionQuery) -> [Completion]? {
        guard let length = query.prompts.first?.count, query.prompts.allSatisfy({ $0.count == length }),
            query.logProbabilities == nil, query.bias.isEmpty, query.stops.isEmpty, query.choices == 1,
            query.numbers == nil, query.restriction.isNone
        else { return nil }
        let found = TextGenerator.continuations(
            of: query.prompts, by: query.maxTokens, network, parameters, query.rule, query.stream)
        return found.enumerated().map { prompt, tokens in
            let shown = query.echoes ? query.prompts[prompt] + tokens : tokens
            return Completion(prompt: prompt, tokens: shown, text: text(shown), generated: tokens.count)
        }
    }

    private func text(_ tokens: [Int32]) -> String? {
        // Every token was checked or generated, so that none is outside the vocabulary.
        tokeniser.flatMap { try? $0.decode(tokens) }
    }

    /// The continuations of sequences whose prompts are of one length.
    private func generate(_ sequences: [Int], _ query: CompletionQuery) -> [Completion] {
        let prompts = sequences.map { query.prompts[$0 / query.choices] }
        var texts = sequences.map { Draft(prompt: $0 / query.choices, finish: nil) }
        if query.echoes, query.logProbabilities != nil { echo(prompts, query, into: &texts) }
        let length = prompts.first?.count ?? 0
        if query.maxTokens > 0 {
            var generator = TextGenerator(network, parameters, sequences: sequences.count)
            var logits = generator.begin(prompts.flatMap(\.self))
            for place in length..<length + query.maxTokens {
                let next = choose(biased(logits, query), sequences, at: place, query, &texts)
                let isOver = texts.allSatisfy { $0.finish != nil } || place == length + query.maxTokens - 1
                if isOver { break }
                logits = generator.step(next)
            }
        }
        return texts.enumerated().map { finished($1, of: prompts[$0], query) }
    }

    /// A continuation while it grows.
    private struct Draft {
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

    private func choose(
        _ logits: Tensor, _ sequences: [Int], at place: Int, _ query: CompletionQuery, _ texts: inout [Draft]
    ) -> [Int32] {
        let draws = query.rule.isGreedy ? [] : sequences.map { query.stream[query.address(of: $0)].uniform(place) }
        let (logits, hasNone) = restricted(logits, query, texts)
        for index in texts.indices where hasNone[index] && texts[index].finish == nil {
            texts[index].finish = .stop
        }
        let next = allowed(query.rule.choose(logits, draws: draws), logits, query)
        for (index, token) in next.enumerated() where texts[index].finish == nil {
            if let most = query.logProbabilities {
                texts[index].places.append(Self.place(query.restriction.told(logits.row(index)), token, most))
            }
            texts[index].tokens.append(token)
            stop(&texts[index], query)
        }
        return next
    }

    /// Logits that are minus infinity for tokens that a filter forbids, and whether no token is left.
    private func restricted(
        _ logits: Tensor, _ query: CompletionQuery, _ texts: [Draft]
    ) -> (logits: Tensor, hasNone: [Bool]) {
        var (result, hasNone) = (logits, texts.map { _ in false })
        guard !query.restriction.filters.isEmpty else { return (result, hasNone) }
        for (row, draft) in texts.enumerated() where draft.finish == nil {
            let text = query.prompts[draft.prompt] + draft.tokens
            let hidden = query.restriction.forbidden(after: text, vocabulary: network.vocabulary)
            hasNone[row] = hidden.count == network.vocabulary
            for token in hidden { result[row * logits.columns + Int(token)] = -.infinity }
        }
        return (result, hasNone)
    }

    /// The chosen tokens, or the likeliest where the rounding of a draw met one that a filter forbids.
    private func allowed(_ chosen: [Int32], _ logits: Tensor, _ query: CompletionQuery) -> [Int32] {
        guard !query.restriction.filters.isEmpty else { return chosen }
        let likeliest = logits.rowArgmax()
        return chosen.enumerated().map { row, token in
            logits[row * logits.columns + Int(token)].isFinite ? token : likeliest[row]
        }
    }

    private func stop(_ draft: inout Draft, _ query: CompletionQuery) {
        guard !query.stops.isEmpty, let text = text(draft.tokens) else { return }
        guard let end = query.stops.compactMap({ text.firstRange(of: $0)?.lowerBound }).min() else { return }
        draft.finish = .stop
        draft.text = String(text[..<end])
        let most = draft.text?.count ?? 0
        draft.kept = (0..<draft.tokens.count).last { (self.text(Array(draft.tokens[..<$0]))?.count ?? 0) <= most } ?? 0
    }

    private func finished(_ draft: Draft, of prompt: [Int32], _ query: CompletionQuery) -> Completion {
        let kept = draft.kept ?? draft.tokens.count
        let shown = (query.echoes ? prompt : []) + draft.tokens.prefix(kept)
        let places = query.logProbabilities.map { _ in draft.echoed + draft.places.prefix(kept) }
        let own = draft.text.map { query.echoes ? (text(prompt) ?? "") + $0 : $0 }
        return Completion(
            prompt: draft.prompt, tokens: shown, text: own ?? text(shown), places: places,
            finish: draft.finish ?? .length, generated: draft.tokens.count)
    }

    /// The log-probabilities of the prompts' own tokens.
    private func echo(_ prompts: [[Int32]], _ query: CompletionQuery, into texts: inout [Draft]) {
        guard let most = query.logProbabilities, let length = prompts.first?.count else { return }
        let first = TokenPlace(logProbability: nil, top: [])
        let given = prompts.flatMap { $0.dropLast() }
        let logits = length > 1 ? biased(logitsEverywhere(given, length - 1), query) : .zeros([0, network.vocabulary])
        for (index, prompt) in prompts.enumerated() {
            texts[index].echoed =
                [first]
                + (1..<max(length, 1)).map { place in
                    let row = query.restriction.told(logits.row(index * (length - 1) + place - 1))
                    let hidden = query.restriction.forbidden(
                        after: Array(prompt[..<place]), vocabulary: network.vocabulary)
                    return Self.place(row, prompt[place], most, hiding: hidden)
                }
        }
    }

    private func logitsEverywhere(_ tokens: [Int32], _ length: Int) -> Tensor {
        network.logits(tokens, length: length, BoundParameters(parameters, on: Tape(.inference))).value
    }

    private func biased(_ logits: Tensor, _ query: CompletionQuery) -> Tensor {
        guard !query.bias.isEmpty else { return logits }
        var result = logits
        for row in 0..<logits.rows {
            for (token, bias) in query.bias { result[row * logits.columns + Int(token)] += bias }
        }
        return result
    }

    /// What logits say of a token and of the likeliest that are not hidden.
    private static func place(
        _ logits: [Float], _ token: Int32, _ most: Int, hiding hidden: Set<Int32> = []
    ) -> TokenPlace {
        let greatest = logits.max() ?? 0
        let normaliser = logSumExp(logits, greatest)
        func logProbability(_ index: Int) -> Float { Float(Double(logits[index]) - normaliser) }
        var open = logits
        for token in hidden { open[Int(token)] = -.infinity }
        let top = largest(most, of: open).filter { open[$0].isFinite }.map {
            RankedToken(token: Int32($0), logProbability: logProbability($0))
        }
        return TokenPlace(logProbability: logProbability(Int(token)), top: top)
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
