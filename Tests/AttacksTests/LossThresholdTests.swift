import Testing
import ThreatModel

@testable import Attacks

@Suite struct LossThresholdTests {
    @Test("Minus the loss is the golden score")
    func golden() throws {
        let golden = try AttackGolden()
        let losses = try golden.targetLogLikelihoods().map { -$0 }
        #expect(try largestError(Signal.loss.oriented(losses), golden.expected("yeom_score")) < 1e-9)
    }
}
