import Foundation
import Models
import Tensors
import Testing
import ThreatModel

@Suite struct MemFreeTests {
    private func grams(_ tokens: [Int32], _ length: Int) -> [ArraySlice<Int32>] {
        tokens.count < length ? [] : (0...tokens.count - length).map { tokens[$0..<$0 + length] }
    }

    private func defended(_ texts: [[Int32]], n: Int) throws -> DefendedService {
        try languageModel().defended(
            "ngram-filter=\(n)", material: DefenceMaterial(random: RandomStream(seed: 1), trainingTexts: texts))
    }

    @Test("A filter finds every n-gram of its texts and no other")
    func filter() {
        let filter = NGramFilter([[1, 2, 3, 4], [5, 6]], length: 3)
        #expect(filter.count == 2)
        #expect(filter.contains([1, 2, 3]) && filter.contains([2, 3, 4]))
        #expect(!filter.contains([3, 2, 1]) && !filter.contains([1, 2]) && !filter.contains([4, 5, 6]))
        #expect(filter.completing([9, 1, 2], vocabulary: 8) == [3])
        #expect(filter.completing([2, 3], vocabulary: 4) == [])
        #expect(filter.completing([2], vocabulary: 8) == [])
        let random = RandomStream(seed: 9).words(3000).map { Int32($0 % 50) }
        let large = NGramFilter([random], length: 4)
        let known = Set(grams(random, 4))
        let probe = RandomStream(seed: 10).words(3000).map { Int32($0 % 50) }
        #expect(grams(random, 4).allSatisfy(large.contains))
        #expect(grams(probe, 4).filter(large.contains).count == grams(probe, 4).filter(known.contains).count)
    }

    @Test("A learned text is continued as before up to the n-gram, and no n-gram is completed")
    func greedy() throws {
        let query = CompletionQuery(prompts: [[1, 2, 3]], maxTokens: 8)
        let open = try languageModel().completions(query)[0].tokens
        let told = try defended([[1, 2, 3] + open], n: 5).completions(query)[0].tokens
        #expect(told.count == 8 && told != open)
        // Three tokens are given, so the fifth is the first that completes an n-gram of five.
        #expect(told[0] == open[0] && told[1] != open[1])
        let known = Set(grams([1, 2, 3] + open, 5))
        #expect(grams([1, 2, 3] + told, 5).allSatisfy { !known.contains($0) })
    }

    @Test("No sampled text completes an n-gram, and the log-probabilities are those of what is left")
    func sampled() throws {
        let texts = (0..<20).map { RandomStream(seed: 30)[$0].words(30).map { Int32($0 % 8) } }
        var query = CompletionQuery(
            prompts: (0..<8).map { [$0, 1] }, maxTokens: 12, rule: SamplingRule(), stream: RandomStream(seed: 2))
        query.logProbabilities = 20
        let known = Set(texts.flatMap { grams($0, 3) })
        func found(_ service: any ModelService) throws -> Int {
            try service.completions(query).reduce(0) { count, text in
                count + grams(query.prompts[text.prompt] + text.tokens, 3).count { known.contains($0) }
            }
        }
        #expect(try found(languageModel()) > 20)
        let service = try defended(texts, n: 3)
        #expect(try found(service) == 0)
        for text in try service.completions(query) {
            for place in text.places ?? [] {
                let sum = place.top.reduce(0) { $0 + Foundation.exp(Double($1.logProbability)) }
                #expect(abs(sum - 1) < 1e-4)
            }
        }
    }

    @Test(
        "What it does not stop: who gives the last n − 2 tokens and asks for one gets a learned text, n-gram by n-gram")
    func sliding() throws {
        func told(_ service: any ModelService, after prompt: [Int32], window: Int) throws -> [Int32] {
            try (0..<12).reduce(into: prompt) { text, _ in
                let query = CompletionQuery(prompts: [Array(text.suffix(window))], maxTokens: 1)
                text += try service.completions(query)[0].tokens
            }
        }
        let text = try told(languageModel(), after: [1, 2, 3], window: 3)
        let service = try defended([text], n: 5)
        #expect(try told(service, after: [1, 2, 3], window: 3) == text)
        // One token more, and every n-gram is left out.
        let known = Set(grams(text, 5))
        let other = try told(service, after: Array(text.prefix(4)), window: 4)
        #expect(grams(other, 5).allSatisfy { !known.contains($0) } && other.count == 16)
    }

    @Test("The likeliest tokens after an echoed prompt hide what would complete an n-gram")
    func echoed() throws {
        var query = CompletionQuery(prompts: [[1, 2, 3, 4]], maxTokens: 0)
        (query.echoes, query.logProbabilities) = (true, 20)
        let (open, told) = try (
            languageModel().completions(query)[0].places, defended([[1, 2, 3]], n: 3).completions(query)[0].places
        )
        #expect(told?[2].top == open?[2].top.filter { $0.token != 3 })
        #expect(told?.map(\.logProbability) == open?.map(\.logProbability) && told?[3] == open?[3])
    }

    @Test("A text that no token is left for ends there")
    func nothingLeft() throws {
        let texts = (Int32(0)..<8).map { [1, 2, $0] }
        let query = CompletionQuery(prompts: [[1, 2], [2, 1]], maxTokens: 4)
        let told = try defended(texts, n: 3).completions(query)
        #expect(told[0].tokens == [] && told[0].finish == .stop && told[0].generated == 0)
        #expect(told[1].tokens.count >= 1)
        let drawn = CompletionQuery(prompts: [[1, 2]], maxTokens: 4, rule: SamplingRule(topP: 0.9))
        #expect(try defended(texts, n: 3).completions(drawn)[0].tokens == [])
    }

    @Test("Without training texts the defence cannot be made")
    func missing() {
        #expect(throws: NamedValuesError.self) {
            try languageModel().defended("ngram-filter", material: DefenceMaterial(random: RandomStream(seed: 1)))
        }
    }
}
