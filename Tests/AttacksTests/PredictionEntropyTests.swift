import Foundation
import Tensors
import Testing

@testable import Attacks

@Suite struct PredictionEntropyTests {
    @Test("Minus the score is the golden entropy")
    func golden() throws {
        let golden = try AttackGolden()
        let scores = try PredictionEntropy.scores(probabilities: golden.probabilities())
        #expect(try largestError(scores.map { -$0 }, golden.expected("entropy")) < 1e-6)
    }

    @Test("A certain answer has no entropy, an even one the most")
    func extremes() {
        let scores = PredictionEntropy.scores(
            probabilities: Tensor([0, 1, 0, 0, 0.25, 0.25, 0.25, 0.25], shape: [2, 4]))
        #expect(scores[0] == 0)
        #expect(abs(scores[1] + log(4)) < 1e-12)
    }
}
