import Autograd
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

    @Test("Control: a reward that varies, but not by arm, favours no arm at a step at which a real one is learned")
    func control() {
        func played(_ isSure: (_ record: Int) -> Bool) -> [Double] {
            let arms = (0..<2000).map { $0 % 4 }
            var queries = BanditQueries(arms: arms, reward: .certainty, step: 0.1, random: RandomStream(seed: 3))
            var set = TransferSet(width: 1, classes: 2)
            for _ in 0..<30 {
                let next = queries.next(10, after: set, knowing: nil)
                let answers = next.flatMap { record -> [Float] in isSure(record) ? [1, 0] : [0.5, 0.5] }
                set.append(Tensor(next.map(Float.init), shape: [10, 1]), Tensor(answers, shape: [10, 2]))
            }
            return queries.bandit.policy()
        }
        let chance = played { $0 / 4 % 2 == 0 }
        // A preference walks with a deviation of 0.15 in thirty rounds; four of them make a quarter 0.43.
        #expect(chance.allSatisfy { $0 < 0.43 }, "\(chance)")
        #expect(Set(chance).count > 1, "rewards that vary move something")
        let real = played { $0 % 4 == 2 }
        #expect(real[2] > 0.5, "\(real)")
    }

    /// A student of one-hot records, all of class 0, that takes some of them for class 1.
    private func student(wrongOn wrong: (Int) -> Bool, records: Int) throws -> StudentClassifier {
        var model = Model(
            untrained: .classifier(Classifier(inputs: records, hidden: [], classes: 2)), RandomStream(seed: 1))
        let weights = (0..<records).map { wrong($0) ? Float(-4) : 4 }
        model.parameters["body.0.weight"] = Tensor(weights + weights.map { -$0 }, shape: [2, records])
        model.parameters["body.0.bias"] = Tensor([0, 0])
        return try StudentClassifier(model)
    }

    @Test("An arm of which the student knew nothing when it asked is asked more and more, though it knows it now")
    func surprised() throws {
        let arms = (0..<400).map { $0 % 4 }
        var queries = BanditQueries(arms: arms, reward: .loss, step: 2, random: RandomStream(seed: 3))
        var (set, chosen) = (TransferSet(width: 400, classes: 2), [Int]())
        for round in 0..<8 {
            let asked = Set(chosen)
            // Wrong on arm 2, but for what it has been told; in the first round there is none.
            let student = try student(wrongOn: { arms[$0] == 2 && !asked.contains($0) }, records: 400)
            let next = queries.next(10, after: set, knowing: round == 0 ? nil : student)
            if round == 1 {
                #expect(queries.bandit.preferences == [0, 0, 0, 0], "without a student nothing is learned")
            }
            set.append(.oneHot(next.map { Int32($0) }, classes: 400), .oneHot(next.map { _ in 0 }, classes: 2))
            chosen += next
        }
        #expect(chosen.suffix(20).count { arms[$0] == 2 } >= 18, "\(queries.bandit.policy())")
    }

    @Test("An arm without records is closed, and a pool can be asked to its end")
    func exhausted() {
        let arms = (0..<60).map { $0 < 10 ? 2 : $0 % 2 }
        let (_, chosen) = played(.certainty, rounds: 6, arms: arms, sure: 2)
        #expect(chosen.sorted() == Array(0..<60))
    }
}
