import Auditing
import Statistics
import Tensors
import Testing
import ThreatModel

@Suite struct OneRunGameTests {
    @Test("By hand: the highest scores are guessed in and the lowest out, and the odd one is guessed in")
    func byHand() throws {
        let game = OneRunGame(included: [true, false, true, false, true, false])
        let scores = MembershipScores([0.9, 0.8, 0.1, 0.2, 0.5, 0.4])
        #expect(try game.grade(scores, guesses: 1) == OneRunGrade(canaries: 6, guesses: 1, right: 1))
        #expect(try game.grade(scores, guesses: 2) == OneRunGrade(canaries: 6, guesses: 2, right: 1))
        #expect(try game.grade(scores, guesses: 3) == OneRunGrade(canaries: 6, guesses: 3, right: 1))
        #expect(try game.grade(scores, guesses: 4) == OneRunGrade(canaries: 6, guesses: 4, right: 2))
        #expect(try game.grade(scores, guesses: 6) == OneRunGrade(canaries: 6, guesses: 6, right: 4))
    }

    @Test("Of equal scores the earlier counts as the higher, whatever the coins")
    func ties() throws {
        let scores = MembershipScores([1, 1, 1, 1])
        for included in [[true, true, false, false], [false, false, true, true]] {
            let grade = try OneRunGame(included: included).grade(scores, guesses: 4)
            #expect(grade.right == (included[0] ? 4 : 0))
        }
    }

    @Test("A perfect adversary is always right, its opposite never, and scores without the coins half the time (0.001)")
    func adversaries() throws {
        let random = RandomStream(seed: 3)
        let coins = random["coins"].coinFlips(1000)
        let game = OneRunGame(included: coins)
        let perfect = coins.map { $0 ? 1.0 : 0 }
        #expect(try game.grade(MembershipScores(perfect), guesses: 600).right == 600)
        #expect(try game.grade(MembershipScores(perfect.map { -$0 }), guesses: 600).right == 0)
        let blind = (0..<1000).map { random["scores"].uniform($0) }
        let right = try game.grade(MembershipScores(blind), guesses: 1000).right
        #expect(abs(Double(right) - 500) < 3.3 * 250.0.squareRoot())
    }

    @Test("Other counts and scores that are no numbers are refused")
    func refusals() {
        let game = OneRunGame(included: [true, false])
        #expect(throws: StatisticsError.countsDiffer(scores: 1, labels: 2)) {
            try game.grade(MembershipScores([1]), guesses: 1)
        }
        #expect(throws: StatisticsError.notANumber(index: 1)) {
            try game.grade(MembershipScores([1, .nan]), guesses: 1)
        }
    }
}
