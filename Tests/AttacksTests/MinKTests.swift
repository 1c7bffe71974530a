import Testing
import ThreatModel

@testable import Attacks

@Suite struct MinKTests {
    @Test("Scores are the golden ones", arguments: [0.1, 0.2, 0.5])
    func golden(_ fraction: Double) throws {
        let golden = try GoldenTokens()
        let scores = try MinK.scores(logProbabilities: golden.logProbabilities(), fraction: fraction)
        #expect(try largestError(scores, golden.expected("mink_\(fraction)")) < 1e-12)
    }

    @Test("The smallest tokens count, rounded down to a whole number, at least one and at most all")
    func byHand() throws {
        let tokens = [[-1.0, -4, -2, -3]]
        func score(_ fraction: Double) throws -> Double {
            try MinK.scores(logProbabilities: tokens, fraction: fraction)[0]
        }
        #expect(try score(0.74) == -3.5)
        #expect(try score(0.75) == -3)
        #expect(try score(0) == -4)
        #expect(try score(1) == -2.5)
    }

    @Test("A tenth of seventy tokens is seven of them, whatever the product rounds to")
    func rounding() {
        for count in 1...200 {
            for tenths in 0...10 {
                let values = (0..<count).map(Double.init)
                let smallest = max(1, tenths * count / 10)
                #expect(MinK.meanOfSmallest(values, Double(tenths) / 10) == Double(smallest - 1) / 2)
            }
        }
    }

    @Test("A record without a predicted token is refused, and so is a share above one")
    func refused() {
        #expect(throws: ThreatModelError.self) { try MinK.scores(logProbabilities: [[-1], []], fraction: 0.2) }
        var settings = AttackSettings(["fraction": .number(1.5)])
        #expect(throws: AttackSettingsError.self) { try MinK(&settings) }
    }
}
