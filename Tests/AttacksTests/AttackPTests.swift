import Testing
import ThreatModel

@testable import Attacks

@Suite struct AttackPTests {
    @Test("The scores are the golden ones")
    func golden() throws {
        let golden = try AttackGolden()
        let scores = try AttackP().scores(
            SignalTable(target: golden.targetLogLikelihoods(), population: golden.populationLogLikelihoods()))
        #expect(try largestError(scores, golden.expected("attack_p")) < 1e-9)
    }

    @Test("The score is the share of the population strictly below, ties excluded")
    func byHand() throws {
        let table = SignalTable(target: [0, 1, 2, 2.5, 9], population: [2, 1, 3, 2])
        #expect(try AttackP().scores(table) == [0, 0, 0.25, 0.75, 1])
    }

    @Test("Without a population there is no score")
    func noPopulation() {
        let error = ThreatModelError.missingKnowledge("population records", attack: "attack-p")
        #expect(throws: error) { try AttackP().scores(SignalTable(target: [1])) }
        #expect(throws: error) { try AttackP().scores(SignalTable(target: [1], population: [])) }
    }
}
