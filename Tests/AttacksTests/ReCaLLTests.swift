import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct ReCaLLTests {
    @Test("The mean log-likelihood after foreign beginnings over that after the text's own")
    func byHand() throws {
        #expect(try ReCaLL.scores(own: [-2, -4], foreign: [[-6, -4], [-2, -2]]) == [2, 0.75])
        #expect(try ReCaLL.scores(own: [0], foreign: [[0]]) == [0])
        #expect(throws: ThreatModelError.self) { try ReCaLL.scores(own: [-1], foreign: []) }
        #expect(throws: ThreatModelError.self) { try ReCaLL.scores(own: [-1], foreign: [[-1, -2]]) }
    }

    @Test("Both likelihoods are of the tokens that follow the beginning, each in its place")
    func player() throws {
        let arena = try Arena.transformer()
        var knowledge = try arena.knowledge(nil)
        knowledge.candidates = arena.candidates.slice(0..<1)
        knowledge.population = arena.population.slice(0..<1)
        let victim = Scores(to: Victim(arena.victim), meter: QueryMeter())
        let found = try ReCaLL(share: 0.34, prefixes: 1).run(
            against: victim, knowing: knowledge, random: RandomStream(seed: 1)
        ).values
        // A beginning of 4 tokens is followed by 8.
        let swapped = Records(
            tokens: Array(arena.population.tokens[0..<4]) + arena.candidates.tokens[4..<12], window: 12)
        func likelihood(_ records: Records) throws -> Double {
            let logarithms = try victim.tokenScores(records).logProbabilities.row(0)
            return logarithms[3...].reduce(0) { $0 + Double($1) }
        }
        #expect(try abs(found[0] - likelihood(swapped) / likelihood(knowledge.candidates)) < 1e-5)
        #expect(abs(found[0] - 1) > 1e-3)
    }

    @Test("Beginnings are shared by all candidates and averaged")
    func beginnings() throws {
        let arena = try Arena.transformer()
        var knowledge = try arena.knowledge(nil)
        knowledge.candidates = arena.candidates.slice(0..<5)
        let victim = Scores(to: Victim(arena.victim), meter: QueryMeter())
        func scores(_ population: Records, _ prefixes: Int) throws -> [Double] {
            knowledge.population = population
            let attack = ReCaLL(prefixes: prefixes)
            return try attack.run(against: victim, knowing: knowledge, random: RandomStream(seed: 1)).values
        }
        let (first, second) = (arena.population.slice(0..<1), arena.population.slice(1..<2))
        let means = try zip(scores(first, 1), scores(second, 1)).map { ($0 + $1) / 2 }
        #expect(try largestError(scores(arena.population.slice(0..<2), 2), means) < 1e-5)
    }

    @Test("Too small a population and candidates without room are refused")
    func refused() throws {
        let arena = try Arena.transformer()
        var knowledge = try arena.knowledge(nil)
        knowledge.population = arena.population.slice(0..<3)
        let victim = Scores(to: Victim(arena.victim), meter: QueryMeter())
        #expect(throws: ThreatModelError.self) {
            try ReCaLL(prefixes: 4).run(against: victim, knowing: knowledge, random: RandomStream(seed: 1))
        }
        knowledge.candidates = Records(tokens: [1, 2], window: 1)
        #expect(throws: ThreatModelError.self) {
            try ReCaLL(prefixes: 1).run(
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
