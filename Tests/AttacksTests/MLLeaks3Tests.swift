import Tensors
import Testing

@testable import Attacks

@Suite struct MLLeaks3Tests {
    @Test("The statistics are the largest probability, minus the entropy, and the deviation (by hand)")
    func byHand() {
        let probabilities = Tensor([0.75, 0.25, 0.5, 0.5], shape: [2, 2])
        let scores = { MLLeaks3.scores(probabilities: probabilities, statistic: $0) }
        #expect(scores(.maximum) == [0.75, 0.5])
        #expect(largestError(scores(.entropy), [-0.5623351446188083, -0.6931471805599453]) < 1e-12)
        #expect(scores(.deviation) == [0.25, 0])
    }

    @Test("The threshold lets through the share that was asked for, and fewer where scores are equal")
    func threshold() {
        let random = [0.1, 0.9, 0.3, 0.7, 0.5]
        #expect(MLLeaks3.threshold(randomScores: random, top: 0.4) == 0.7)
        #expect(MLLeaks3.threshold(randomScores: random, top: 0.59) == 0.7)
        #expect(MLLeaks3.threshold(randomScores: random, top: 1) == 0.1)
        #expect(MLLeaks3.threshold(randomScores: random, top: 0.1) == .infinity)
        #expect(MLLeaks3.threshold(randomScores: [1, 1, 1, 0], top: 0.5) == .infinity)
        #expect(MLLeaks3.threshold(randomScores: [2, 1, 1, 0], top: 0.5) == 2)
    }
}
