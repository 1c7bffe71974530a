import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct LowercaseRatioTests {
    @Test("Mean loss in lower case over mean loss as it is, whatever their numbers of tokens")
    func byHand() throws {
        let scores = try LowercaseRatio.scores(original: [[-1, -2], [-4]], lowercase: [[-3, -3, -3], [-1, -1]])
        #expect(scores == [2, 0.25])
        #expect(try LowercaseRatio.scores(original: [[0]], lowercase: [[0]]) == [0])
    }

    @Test("The victim is asked about the same text with its capitals lowered")
    func player() throws {
        let arena = try Arena.transformer()
        var knowledge = try arena.knowledge(nil)
        knowledge.tokeniser = try Arena.letters()
        // A…E are 1 to 5, a…e 6 to 10; the second text has no capital.
        knowledge.candidates = Records(tokens: [1, 7, 3, 0, 6, 7, 8, 0], window: 4)
        let victim = Scores(to: Victim(arena.victim), meter: QueryMeter())
        let found = try LowercaseRatio().run(against: victim, knowing: knowledge, random: RandomStream(seed: 1)).values
        let losses = try victim.values(.tokenLoss, of: knowledge.candidates)
        #expect(abs(found[0] - losses[1] / losses[0]) < 1e-5 && abs(found[0] - 1) > 1e-3)
        #expect(found[1] == 1)
    }

    @Test("Without a tokeniser it cannot be played, and a text without a predicted token has no loss")
    func refused() throws {
        let arena = try Arena.transformer()
        var knowledge = try arena.knowledge(nil)
        knowledge.tokeniser = nil
        let victim = Scores(to: Victim(arena.victim), meter: QueryMeter())
        #expect(throws: ThreatModelError.missingKnowledge("the victim's tokeniser", attack: "lowercase")) {
            try LowercaseRatio().run(against: victim, knowing: knowledge, random: RandomStream(seed: 1))
        }
        #expect(throws: ThreatModelError.self) { try LowercaseRatio.scores(original: [[-1]], lowercase: [[]]) }
        #expect(throws: ThreatModelError.self) { try LowercaseRatio.scores(original: [[-1]], lowercase: []) }
    }
}
