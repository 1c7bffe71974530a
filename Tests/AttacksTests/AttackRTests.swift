import Testing
import ThreatModel

@testable import Attacks

@Suite struct AttackRTests {
    @Test("The scores are the golden ones")
    func golden() throws {
        let golden = try AttackGolden()
        let scores = try AttackR.scores(
            target: golden.targetLogLikelihoods(), shadows: golden.shadowLogLikelihoods())
        #expect(try largestError(scores, golden.expected("attack_r")) < 1e-9)
    }

    @Test("The score is the share of a record's own OUT models strictly below")
    func byHand() throws {
        let shadows = try ShadowView(
            signals: [[1, 5], [2, 6], [3, 7]], membership: [[false, true], [false, false], [true, false]])
        #expect(try AttackR.scores(target: [2, 6.5], shadows: shadows) == [0.5, 0.5])
    }

    @Test("A record that every shadow trained on has no score")
    func noOutsider() throws {
        let shadows = try ShadowView(signals: [[1, 5], [2, 6]], membership: [[false, true], [false, true]])
        #expect(throws: ThreatModelError.tooFewShadows(record: 1, members: 2, nonMembers: 0, needed: 1)) {
            try AttackR.scores(target: [1, 5], shadows: shadows)
        }
    }
}
