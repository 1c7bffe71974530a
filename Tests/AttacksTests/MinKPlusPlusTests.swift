import Tensors
import TestSupport
import Testing
import ThreatModel

@testable import Attacks

@Suite struct MinKPlusPlusTests {
    @Test("Scores are the golden ones", arguments: [0.1, 0.2, 0.5])
    func golden(_ fraction: Double) throws {
        let golden = try GoldenTokens()
        let (means, variances) = try golden.moments()
        let scores = try MinKPlusPlus.scores(
            logProbabilities: golden.logProbabilities(), means: means, variances: variances, fraction: fraction)
        #expect(try largestError(scores, golden.expected("minkpp_\(fraction)")) < 1e-10)
        #expect(try largestError(scores, golden.expected("mink_\(fraction)")) > 0.1)
    }

    @Test("The kernel that a victim answers with leads to the golden scores as well", arguments: [0.1, 0.2, 0.5])
    func kernel(_ fraction: Double) throws {
        let inputs = try Golden("inputs")
        let logits = try inputs.tensor("lm_logits").reshaped([200, 30])
        let found = logits.labelScores(try inputs.integers("lm_tokens"))
        func rows(_ values: Tensor) -> [[Double]] {
            (0..<5).map { row in (0..<40).map { Double(values[row * 40 + $0]) } }
        }
        let scores = try MinKPlusPlus.scores(
            logProbabilities: rows(found.logProbability), means: rows(found.mean), variances: rows(found.variance),
            fraction: fraction)
        #expect(try largestError(scores, GoldenTokens().expected("minkpp_\(fraction)")) < 1e-5)
    }

    @Test("A token of an indifferent or certain victim stands out neither way")
    func noSpread() throws {
        let scores = try MinKPlusPlus.scores(
            logProbabilities: [[-3, 0], [-3 - 1e-8, 0]], means: [[-3, 0], [-3, 0]], variances: [[0, 0], [0, 0]],
            fraction: 0.5)
        #expect(scores[0] == 0)
        #expect(abs(scores[1]) < 0.01)
    }

    @Test("Moments of other tokens are refused")
    func mismatch() {
        #expect(throws: ThreatModelError.self) {
            try MinKPlusPlus.scores(
                logProbabilities: [[-1, -2]], means: [[-1]], variances: [[1, 1]], fraction: 0.2)
        }
        #expect(throws: ThreatModelError.self) {
            try MinKPlusPlus.scores(logProbabilities: [[]], means: [[]], variances: [[]], fraction: 0.2)
        }
    }
}
