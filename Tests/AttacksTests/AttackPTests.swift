import Testing

@testable import Attacks

@Suite struct AttackPTests {
    @Test("The scores are the golden ones")
    func golden() throws {
        let golden = try AttackGolden()
        let scores = try AttackP.scores(
            target: golden.targetLogLikelihoods(), population: golden.populationLogLikelihoods())
        #expect(try largestError(scores, golden.expected("attack_p")) < 1e-9)
    }

    @Test("The score is the share of the population strictly below, ties excluded")
    func byHand() {
        #expect(AttackP.scores(target: [0, 1, 2, 2.5, 9], population: [2, 1, 3, 2]) == [0, 0, 0.25, 0.75, 1])
    }
}
