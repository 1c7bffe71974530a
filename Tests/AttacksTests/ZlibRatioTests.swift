import Foundation
import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct ZlibRatioTests {
    private struct Shared: Decodable {
        struct Scalars: Decodable {
            let texts: [String]
        }
        let scalars: Scalars
    }

    private func texts() throws -> [String] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/golden_attacks.json")
        return try JSONDecoder().decode(Shared.self, from: Data(contentsOf: file)).scalars.texts
    }

    @Test("Scores are minus the golden ratios of mean loss to compressed length")
    func golden() throws {
        let golden = try GoldenTokens()
        let scores = try ZlibRatio.scores(logProbabilities: golden.logProbabilities(), texts: texts())
        #expect(try largestError(scores.map { -$0 }, golden.expected("zlib_ratio")) < 1e-12)
    }

    @Test("It is the text of all tokens that is compressed, and the mean loss of all but the first that is divided")
    func player() throws {
        let (arena, tokeniser) = try (Arena.transformer(), Arena.letters())
        var knowledge = try arena.knowledge(nil)
        knowledge.candidates = Records(tokens: [1, 2, 3, 4], window: 4)
        knowledge.tokeniser = tokeniser
        let victim = Scores(to: Victim(arena.victim), meter: QueryMeter())
        let found = try ZlibRatio().run(against: victim, knowing: knowledge, random: RandomStream(seed: 1))
        let loss = try victim.values(.tokenLoss, of: knowledge.candidates)[0]
        // "ABCD" has nothing to compress: one block of 4 literals takes 6 bytes, its wrapping 6.
        #expect(abs(found.values[0] + loss / 12) < 1e-5)
    }

    @Test("Without a tokeniser it cannot be played, and texts of other records are refused")
    func refused() throws {
        let arena = try Arena.transformer()
        var knowledge = try arena.knowledge(nil)
        knowledge.tokeniser = nil
        let victim = Scores(to: Victim(arena.victim), meter: QueryMeter())
        #expect(throws: ThreatModelError.missingKnowledge("the victim's tokeniser", attack: "zlib")) {
            try ZlibRatio().run(against: victim, knowing: knowledge, random: RandomStream(seed: 1))
        }
        #expect(throws: ThreatModelError.self) { try ZlibRatio.scores(logProbabilities: [[-1]], texts: []) }
        #expect(throws: ThreatModelError.self) { try ZlibRatio.scores(logProbabilities: [[]], texts: ["a"]) }
    }
}
