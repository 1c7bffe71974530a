import Foundation
import Models
import Tensors
import Testing

@testable import ThreatModel

@Suite struct CompletionEngineTests {
    private typealias Tiny = TinyTransformer

    /// A request with everything told.
    private func told(_ prompts: [[Int32]], _ count: Int, top: Int = 12) -> CompletionQuery {
        var query = CompletionQuery(
            prompts: prompts, maxTokens: count, rule: SamplingRule(temperature: 0.9),
            stream: RandomStream(seed: 8)["draws"])
        query.logProbabilities = top
        return query
    }

    @Test("The greedy continuation is the argmax of the logits, token after token")
    func greedy() throws {
        for (prompt, text) in zip(
            Tiny.prompts(6, length: 3), try Tiny.complete(told(Tiny.prompts(6, length: 3), 0).greedy(6)))
        {
            var context = prompt
            for token in text.tokens {
                let scores = try Tiny.logProbabilities(after: context)
                #expect(scores.indices.max { scores[$0] < scores[$1] } == Int(token))
                context.append(token)
            }
            #expect(text.tokens.count == 6 && text.generated == 6 && text.finish == .length)
        }
    }

    @Test("The tokens are those that the model's own generator draws", arguments: [true, false])
    func generator(isGreedy: Bool) throws {
        var plain = CompletionQuery(
            prompts: Tiny.prompts(70, length: 4), maxTokens: 5, rule: isGreedy ? .greedy : SamplingRule(),
            stream: RandomStream(seed: 8))
        let told = try Tiny.complete(plain)
        #expect(told.allSatisfy { $0.places == nil })
        let drawn = TextGenerator.continuations(
            of: plain.prompts, by: 5, Tiny.network, Tiny.model.parameters, plain.rule, plain.stream)
        #expect(told.map(\.tokens) == drawn)
        plain.logProbabilities = 0
        #expect(try Tiny.complete(plain).map(\.tokens) == drawn)
        plain.logProbabilities = nil
        plain.numbers = Array(0..<70)
        #expect(try Tiny.complete(plain) == told)
        #expect(Set(drawn).count > 3)
    }

    @Test("At most 20 tokens' log-probabilities add up to one, are ranked, and hold the chosen token's")
    func logProbabilities() throws {
        let texts = try Tiny.complete(told(Tiny.prompts(5, length: 3) + Tiny.prompts(5, length: 2), 4))
        for text in texts {
            let places = try #require(text.places)
            #expect(places.count == 4)
            for (place, token) in zip(places, text.tokens) {
                let top = place.top
                #expect(Set(top.map(\.token)) == Set(0..<Int32(Tiny.vocabulary)))
                #expect(abs(top.reduce(0) { $0 + exp(Double($1.logProbability)) } - 1) < 1e-5)
                #expect(zip(top, top.dropFirst()).allSatisfy { $0.logProbability >= $1.logProbability })
                #expect(top.first { $0.token == token }?.logProbability == place.logProbability)
            }
        }
    }

    @Test("They are those of the logits that the model gives for the whole text so far")
    func agreement() throws {
        let (prompts, bias) = (Tiny.prompts(3, length: 3), [Int32(2): Float(1.5), 7: -100])
        for bias in [[:], bias] {
            var query = told(prompts, 4, top: 3)
            query.bias = bias
            for (prompt, text) in zip(prompts, try Tiny.complete(query)) {
                for (count, place) in (text.places ?? []).enumerated() {
                    let expected = try Tiny.logProbabilities(after: prompt + text.tokens.prefix(count), bias: bias)
                    #expect(place.top.count == 3)
                    for ranked in place.top {
                        #expect(abs(Double(ranked.logProbability) - expected[Int(ranked.token)]) < 2e-4)
                    }
                }
            }
        }
    }

    @Test("A bias moves log-probabilities by itself and the common normaliser, and nothing else")
    func bias() throws {
        let prompt = Tiny.prompts(1, length: 4)
        var query = told(prompt, 1)
        let before = try #require(try Tiny.complete(query)[0].places?[0].top)
        query.bias = [3: 2.5, 5: -1]
        let after = try #require(try Tiny.complete(query)[0].places?[0].top)
        let shifts = Dictionary(
            uniqueKeysWithValues: before.map { old in
                let new = after.first { $0.token == old.token }?.logProbability ?? .nan
                return (old.token, new - old.logProbability)
            })
        let common = try #require(shifts[0])
        for (token, shift) in shifts {
            #expect(abs(shift - common - (query.bias[token] ?? 0)) < 1e-4, "token \(token)")
        }
        #expect(abs(common) > 1e-3)
        // A token of bias 100 is chosen, one of −100 never.
        query.bias = [9: 100]
        #expect(try Tiny.complete(query)[0].tokens == [9])
    }

    @Test("An echo gives the prompt back, and of its tokens what the model thinks of them; the first has nothing")
    func echo() throws {
        let prompts = [[1, 5, 2, 8], [3], [7, 7]] as [[Int32]]
        var query = told(prompts, 0, top: 2)
        query.echoes = true
        let texts = try Tiny.complete(query)
        #expect(texts.map(\.tokens) == prompts && texts.allSatisfy { $0.generated == 0 })
        for (prompt, text) in zip(prompts, texts) {
            let places = try #require(text.places)
            #expect(places.count == prompt.count && places[0] == TokenPlace(logProbability: nil, top: []))
            for index in 1..<max(1, prompt.count) {
                let expected = try Tiny.logProbabilities(after: Array(prompt[..<index]))
                let found = try #require(places[index].logProbability)
                #expect(abs(Double(found) - expected[Int(prompt[index])]) < 2e-4)
                #expect(places[index].top.count == 2)
            }
        }
        query.maxTokens = 3
        for (prompt, text) in zip(prompts, try Tiny.complete(query)) {
            #expect(Array(text.tokens.prefix(prompt.count)) == prompt && text.generated == 3)
            #expect(text.places?.count == prompt.count + 3)
        }
    }

    @Test("Choices are drawn with addresses of their own, so that none depends on how many there are beside it")
    func choices() throws {
        var query = told(Tiny.prompts(3, length: 3), 5, top: 0)
        query.choices = 4
        let texts = try Tiny.complete(query)
        #expect(texts.map(\.prompt) == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
        #expect(Set(texts.map(\.tokens)).count > 8)
        // The second prompt alone, under its number, is continued as among the others.
        query.prompts = [query.prompts[1]]
        query.numbers = [1]
        #expect(try Tiny.complete(query).map(\.tokens) == texts[4..<8].map(\.tokens))
        query.numbers = [0]
        #expect(try Tiny.complete(query).map(\.tokens) != texts[4..<8].map(\.tokens))
    }

    @Test("A text stops before the first text to stop at, and says how many tokens were generated")
    func stops() throws {
        var query = told(Tiny.prompts(20, length: 2), 6)
        let whole = try Tiny.complete(query, tokeniser: try Tiny.tokeniser())
        query.stops = ["b", "gh"]
        let stopped = try Tiny.complete(query, tokeniser: try Tiny.tokeniser())
        var count = 0
        for (whole, stopped) in zip(whole, stopped) {
            let text = try #require(whole.text)
            let end = ["b", "gh"].compactMap { text.firstRange(of: $0)?.lowerBound }.min()
            guard let end else {
                #expect(stopped == whole)
                continue
            }
            count += 1
            let kept = text.distance(from: text.startIndex, to: end)
            #expect(stopped.finish == .stop && stopped.text == String(text[..<end]))
            #expect(stopped.tokens == Array(whole.tokens.prefix(kept)))
            #expect(stopped.places == whole.places.map { Array($0.prefix(kept)) })
            #expect(stopped.generated > kept && stopped.generated <= kept + 2)
        }
        #expect((1..<20).contains(count))
    }

    @Test("Prompt and continuation may fill the context and one token more")
    func lengths() throws {
        let longest = try Tiny.complete(told(Tiny.prompts(1, length: 4), Tiny.context + 1 - 4))
        #expect(longest[0].tokens.count == 6)
        #expect(throws: ThreatModelError.self) { try Tiny.complete(told(Tiny.prompts(1, length: 4), 7)) }
        var read = told(Tiny.prompts(1, length: Tiny.context + 1), 0)
        read.echoes = true
        #expect(try Tiny.complete(read)[0].places?.count == Tiny.context + 1)
    }

    @Test("A request that is not well formed is refused by the name of its parameter")
    func errors() {
        let good = told([[1, 2]], 2)
        let cases: [(String, (inout CompletionQuery) -> Void)] = [
            ("prompt", { $0.prompts = [] }), ("prompt", { $0.prompts = [[1], []] }),
            ("prompt", { $0.prompts = [[12]] }), ("prompt", { $0.prompts = [[-1]] }),
            ("logit_bias", { $0.bias = [12: 1] }), ("logit_bias", { $0.bias = [1: 100.5] }),
            ("logit_bias", { $0.bias = [1: .nan] }), ("n", { $0.choices = 0 }), ("n", { $0.choices = 129 }),
            ("n", { $0.choices = .max }), ("logprobs", { $0.logProbabilities = 21 }),
            ("logprobs", { $0.logProbabilities = -1 }), ("max_tokens", { $0.maxTokens = -1 }),
            ("max_tokens", { $0.maxTokens = 0 }), ("max_tokens", { $0.maxTokens = 9 }),
            ("max_tokens", { $0.maxTokens = .max }), ("draw_numbers", { $0.numbers = [] }),
            ("draw_numbers", { $0.numbers = [-1] }), ("draw_numbers", { $0.numbers = [.max] }),
        ]
        for (index, (parameter, change)) in cases.enumerated() {
            var query = good
            change(&query)
            let error = #expect(throws: ThreatModelError.self) { try Tiny.complete(query) }
            guard case .refused(.invalid(parameter, _)) = error else {
                Issue.record("case \(index): expected \(parameter), found \(String(describing: error))")
                continue
            }
        }
    }
}

extension CompletionQuery {
    /// The same prompts, continued greedily with everything told.
    fileprivate func greedy(_ count: Int) -> CompletionQuery {
        var query = self
        (query.rule, query.maxTokens) = (.greedy, count)
        return query
    }
}
