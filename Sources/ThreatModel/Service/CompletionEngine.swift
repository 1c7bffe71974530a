import Autograd
import Datasets
import Models
import Tensors

/// Continues texts and says what the model thinks of them.
struct CompletionEngine {
    let network: Transformer
    let parameters: Parameters
    let tokeniser: Tokeniser?

    /// The most sequences side by side, which bounds the memory.
    private static let batch = 64

    /// The continuations, computed to their ends.
    func completions(_ query: CompletionQuery) throws(ThreatModelError) -> [Completion] {
        try check(query)
        var results: [Completion?] = Array(repeating: nil, count: query.prompts.count * query.choices)
        for sequences in Self.batches(query) {
            var batch = CompletionBatch(self, query, sequences)
            while !batch.isOver { batch.advance() }
            for (index, sequence) in sequences.enumerated() { results[sequence] = batch.finished(index) }
        }
        return results.compactMap(\.self)
    }

    /// The continuations token by token.
    func stream(_ query: CompletionQuery) throws(ThreatModelError) -> LocalCompletionStream {
        try check(query)
        return LocalCompletionStream(self, query, Self.batches(query), width: Self.batch)
    }

    /// What is computed side by side, by length of the prompts.
    private static func batches(_ query: CompletionQuery) -> [[Int]] {
        let sequences = 0..<query.prompts.count * query.choices
        let lengths = Dictionary(grouping: sequences) { query.prompts[$0 / query.choices].count }
        // The choices of a prompt stay together, so that a part of a request makes the batches of the whole.
        let most = max(1, batch / query.choices) * query.choices
        return lengths.sorted { $0.key < $1.key }.flatMap { _, sequences in
            stride(from: 0, to: sequences.count, by: most).map { start in
                Array(sequences[start..<min(start + most, sequences.count)])
            }
        }
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

    /// The text of tokens; `nil` without a tokeniser.
    func text(_ tokens: [Int32]) -> String? {
        // Every token was checked or generated, so that none is outside the vocabulary.
        tokeniser.flatMap { try? $0.decode(tokens) }
    }

    /// The logits after each token of texts of one length, shape [texts·length, vocabulary].
    func logitsEverywhere(_ tokens: [Int32], length: Int) -> Tensor {
        network.logits(tokens, length: length, BoundParameters(parameters, on: Tape(.inference))).value
    }
}
