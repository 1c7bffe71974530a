import Testing

@testable import Datasets

@Suite struct BigramModelTests {
    // Windows "1 2 1" and "2 3 3": pairs 12, 21, 23, 33.
    private let model = BigramModel(tokens: [1, 2, 1, 2, 3, 3], window: 3)

    @Test("Probabilities by hand; a token that never occurs is rare, not impossible")
    func byHand() {
        #expect(model.tokens == [1, 2, 3])
        #expect(model.probability(of: 2) == 3 / 9.0)
        #expect(model.probability(of: 7) == 1 / 9.0)
        // 2 has two successors, one of them 3; the pair 1 2 across the windows' border is none.
        #expect(abs(model.probability(of: 3, after: 2) - (1 + 3 / 9.0) / 3) < 1e-15)
        #expect(abs(model.probability(of: 2, after: 1) - (1 + 3 / 9.0) / 2) < 1e-15)
        #expect(abs(model.probability(of: 3, after: 7) - 3 / 9.0) < 1e-15)
    }

    @Test("The tokens of the corpus share all probability, alone and after any other")
    func normalised() {
        #expect(abs(model.tokens.reduce(0) { $0 + model.probability(of: $1) } - 1) < 1e-15)
        for previous in [1, 2, 3, 7] as [Int32] {
            let sum = model.tokens.reduce(0) { $0 + model.probability(of: $1, after: previous) }
            #expect(abs(sum - 1) < 1e-15)
        }
    }

    @Test("Weights are the product of both neighbours' probabilities, or of what there is at an end")
    func weights() {
        let between = model.weights(between: 2, and: 3)
        for (weight, token) in zip(between, model.tokens) {
            let expected = model.probability(of: token, after: 2) * model.probability(of: 3, after: token)
            #expect(abs(weight - expected) < 1e-15)
        }
        #expect(model.weights(between: nil, and: nil) == model.tokens.map { model.probability(of: $0) })
        #expect(between.indices.max { between[$0] < between[$1] } == 2)
        #expect(model.weights(between: 2, and: 9).allSatisfy { $0 > 0 })
    }
}
