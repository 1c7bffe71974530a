import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct ReCaLLTests {
    @Test("The mean log-likelihood after the beginnings over that of the text alone")
    func byHand() throws {
        #expect(try ReCaLL.scores(alone: [-2, -4], conditional: [[-6, -4], [-2, -2]]) == [2, 0.75])
        #expect(try ReCaLL.scores(alone: [0], conditional: [[0]]) == [0])
        #expect(throws: ThreatModelError.self) { try ReCaLL.scores(alone: [-1], conditional: []) }
        #expect(throws: ThreatModelError.self) { try ReCaLL.scores(alone: [-1], conditional: [[-1, -2]]) }
    }

    @Test("Both likelihoods are of the tokens that fit after the beginning, but for the first of them")
    func player() throws {
        let arena = try Arena.transformer()
        var knowledge = try arena.knowledge(nil)
        knowledge.candidates = arena.candidates.slice(0..<1)
        knowledge.population = arena.population.slice(0..<1)
        let victim = Scores(to: Victim(arena.victim), meter: QueryMeter())
        let found = try ReCaLL(share: 0.34, prefixes: 1).run(
            against: victim, knowing: knowledge, random: RandomStream(seed: 1)
        ).values
        // A beginning of 4 tokens leaves room for 8, of which 7 are predicted.
        let (record, beginning) = (arena.candidates.tokens[0..<8], arena.population.tokens[0..<4])
        let joined = Records(tokens: Array(beginning + record), window: 12)
        let after = try victim.tokenScores(joined).logProbabilities.row(0).suffix(7).reduce(0, +)
        let alone = try victim.values(.tokenLoss, of: Records(tokens: Array(record), window: 8))[0] * -7
        #expect(abs(found[0] - Double(after) / alone) < 1e-4)
    }

    @Test("Too small a population and windows without room are refused")
    func refused() throws {
        let arena = try Arena.transformer()
        var knowledge = try arena.knowledge(nil)
        knowledge.population = arena.population.slice(0..<3)
        let victim = Scores(to: Victim(arena.victim), meter: QueryMeter())
        #expect(throws: ThreatModelError.self) {
            try ReCaLL(prefixes: 4).run(against: victim, knowing: knowledge, random: RandomStream(seed: 1))
        }
        #expect(throws: ThreatModelError.self) {
            try ReCaLL(share: 0.95, prefixes: 1).run(
                against: victim, knowing: knowledge, random: RandomStream(seed: 1))
        }
    }

    @Test("Settings: half a window, four beginnings unless told otherwise")
    func settings() throws {
        var empty = AttackSettings()
        let attack = try ReCaLL(&empty)
        #expect(attack.share == 0.5 && attack.prefixes == 4)
        var whole = AttackSettings(["share": .number(1)])
        #expect(throws: AttackSettingsError.self) { try ReCaLL(&whole) }
    }
}
