import Models
import Tensors
import Testing
import ThreatModel
import Training

@testable import Attacks

@Suite struct TheftRoundsTests {
    @Test("Rounds fill what is between budgets evenly, after a seed, and every budget ends one")
    func ends() {
        #expect(TheftRounds.ends([100], rounds: 4, seed: 0) == [25, 50, 75, 100])
        #expect(TheftRounds.ends([100], rounds: 3, seed: 0.1) == [10, 40, 70, 100])
        #expect(TheftRounds.ends([10, 100], rounds: 2, seed: 0.1) == [1, 5, 10, 55, 100])
        #expect(TheftRounds.ends([1, 2], rounds: 10, seed: 0.5) == [1, 2])
        #expect(TheftRounds.ends([7], rounds: 1, seed: 1) == [7])
    }

    /// Takes the pool from its end, and notes what it was told.
    private struct Backwards: QueryStrategy {
        var left: Int
        var told: [(asked: Int, hasStudent: Bool)] = []

        mutating func next(_ count: Int, after set: TransferSet, knowing student: StudentClassifier?) -> [Int] {
            told.append((set.count, student != nil))
            left -= count
            return (left..<left + count).reversed()
        }
    }

    @Test(
        "Each round asks what the strategy chose, trains on all so far, and a budget's student is the next one's guide")
    func play() throws {
        let (arena, notes) = (try TheftArena.shared(), NotingTrainer())
        let training = try StudentTraining(
            TheftArena.student, arena.knowledge(trainer: notes.trainer(isTraining: false)), attack: "test")
        var (strategy, set) = (Backwards(left: 500), TransferSet(width: 8, classes: 4))
        let plan = TheftRounds(training: training, budgets: [10, 30], ends: [4, 10, 20, 30], epochs: 2)
        let access = Predictions(to: Victim(arena.victim), meter: QueryMeter())
        let surrogates = try plan.play(&strategy, on: arena.population.requiredFeatures, into: &set) {
            try AnswerForm.probabilities.ask(access, $0)
        }
        #expect(surrogates.map(\.budget) == [10, 30])
        #expect(strategy.told.map(\.asked) == [0, 4, 10, 20])
        #expect(strategy.told.map(\.hasStudent) == [false, true, true, true])
        #expect(notes.trained.map(\.name) == ["round-4", "student-10", "round-20", "student-30"])
        #expect(notes.trained.map(\.recipe.epochs) == [2, 40, 2, 40])
        #expect(notes.trained.map(\.records.count) == [4, 10, 20, 30])
        let order = Array((470..<500).reversed())
        let queries = arena.population.requiredFeatures.gatherRows([496, 497, 498, 499].reversed())
        #expect(set.queries.rows(0..<4) == queries)
        #expect(Set(set.queries.values) == Set(arena.population.requiredFeatures.gatherRows(order).values))
    }
}
