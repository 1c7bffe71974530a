import Foundation
import Tensors
import Testing

@testable import ThreatModel

@Suite("Rounding of probabilities")
struct ProbabilityRoundingTests {
    private let defence = ProbabilityRounding([2], DefenceMaterial(random: RandomStream(seed: 1)))

    @Test("Logits become logarithms of probabilities to two decimals; what rounds to zero is told as next to nothing")
    func logits() throws {
        // Probabilities 0.6652, 0.2447, 0.0900 and 0.0000454.
        let logits = Tensor([3, 2, 1, -7], shape: [1, 4])
        guard case .vectors(let told) = defence.defended(.vectors(logits), to: .logits([[0]])) else {
            Issue.record("expected vectors")
            return
        }
        let expected = [0.67, 0.24, 0.09].map { Float(Foundation.log($0)) } + [-87]
        #expect(told.values == expected)
    }

    @Test("Log-probabilities of tokens are told likewise")
    func completions() {
        let top = [RankedToken(token: 4, logProbability: -0.105_360_5), RankedToken(token: 2, logProbability: -6)]
        let place = TokenPlace(logProbability: -6, top: top)
        let answer = Answer.completions([Completion(prompt: 0, tokens: [2], places: [place], generated: 1)])
        let told = defence.defended(answer, to: .complete(CompletionQuery(prompts: [[1]], maxTokens: 1)))
        let expected = TokenPlace(
            logProbability: -87,
            top: [
                RankedToken(token: 4, logProbability: Float(Foundation.log(0.9))),
                RankedToken(token: 2, logProbability: -87),
            ])
        #expect(told == .completions([Completion(prompt: 0, tokens: [2], places: [expected], generated: 1)]))
    }

    @Test("Probabilities of classes are rounded, and the label stays")
    func classes() {
        let answer = Answer.classes(ClassAnswers(labels: [1], probabilities: Tensor([0.123, 0.877], shape: [1, 2])))
        let expected = Answer.classes(ClassAnswers(labels: [1], probabilities: Tensor([0.12, 0.88], shape: [1, 2])))
        #expect(defence.defended(answer, to: .classify(.zeros([1, 2]))) == expected)
    }
}
