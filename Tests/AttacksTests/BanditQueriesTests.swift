import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct BanditQueriesTests {
    /// Plays rounds of ten against answers that are sure for records of one arm and undecided for the others.
    private func played(_ reward: QueryReward, rounds: Int, arms: [Int], sure: Int) -> (BanditQueries, [Int]) {
        var queries = BanditQueries(arms: arms, reward: reward, step: 2, random: RandomStream(seed: 3))
        var (set, chosen) = (TransferSet(width: 1, classes: 2), [Int]())
        for _ in 0..<rounds {
            let next = queries.next(10, after: set, knowing: nil)
            let answers = next.flatMap { record -> [Float] in arms[record] == sure ? [1, 0] : [0.5, 0.5] }
            set.append(Tensor(next.map(Float.init), shape: [10, 1]), Tensor(answers, shape: [10, 2]))
            chosen += next
        }
        return (queries, chosen)
    }

    @Test("The arm of which the victim is sure is asked more and more")
    func adapts() {
        let arms = (0..<2000).map { $0 % 4 }
        let (queries, chosen) = played(.certainty, rounds: 30, arms: arms, sure: 2)
        #expect(queries.bandit.policy()[2] > 0.9, "\(queries.bandit.policy())")
        #expect(Set(chosen).count == 300, "no record twice")
        let (early, late) = (chosen.prefix(10), chosen.suffix(50))
        #expect(late.count { arms[$0] == 2 } > 40 && early.count { arms[$0] == 2 } < 7)
    }

    @Test("Control: a reward that tells the arms apart in nothing leaves the choice uniform")
    func control() {
        let arms = (0..<2000).map { $0 % 4 }
        let (queries, chosen) = played(.loss, rounds: 30, arms: arms, sure: 2)
        #expect(queries.bandit.preferences == [0, 0, 0, 0])
        // Five standard deviations.
        #expect((0..<4).allSatisfy { arm in abs(chosen.count { arms[$0] == arm } - 75) < 38 })
    }

    @Test("An arm without records is closed, and a pool can be asked to its end")
    func exhausted() {
        let arms = (0..<60).map { $0 < 10 ? 2 : $0 % 2 }
        let (_, chosen) = played(.certainty, rounds: 6, arms: arms, sure: 2)
        #expect(chosen.sorted() == Array(0..<60))
    }
}
