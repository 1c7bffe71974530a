import Models
import Tensors
import Testing
import ThreatModel
import Training

@testable import Attacks

@Suite struct ActiveThiefTests {
    private func notes(_ settings: [String: AttackSettings.Value], isTraining: Bool = false) throws -> NotingTrainer {
        let (arena, notes) = (try TheftArena.shared(), NotingTrainer())
        var settings = AttackSettings(settings)
        let attack = try ActiveThief(&settings, student: TheftArena.student)
        _ = try attack.run(
            against: Predictions(to: Victim(arena.victim), meter: QueryMeter()),
            knowing: arena.knowledge(trainer: notes.trainer(isTraining: isTraining)), random: RandomStream(seed: 3))
        return notes
    }

    @Test("A seed of a tenth, rounds, and a fifth of every first part held out")
    func plan() throws {
        let trained = try notes(["budgets": .numbers([50, 100]), "rounds": .number(2)]).trained
        #expect(
            trained.map(\.name) == [
                "round-5", "round-27", "student-50", "round-75", "student-100",
            ])
        #expect(trained.map(\.records.count) == [4, 22, 40, 60, 80])
        #expect(trained[0].recipe == TheftArena.student)
    }

    @Test("Without validation every answer is learned from, and rounds may be shorter")
    func settings() throws {
        let trained = try notes([
            "budgets": .number(40), "rounds": .number(1), "validation": .number(0), "roundEpochs": .number(2),
            "seed": .number(0.5), "answers": .word("labels"), "pool": .word("noise"),
        ]).trained
        #expect(trained.map(\.name) == ["round-20", "student-40"])
        #expect(trained.map(\.records.count) == [20, 40])
        #expect(trained.map(\.recipe.epochs) == [2, 40])
        #expect(trained[1].records.targets?.values.allSatisfy { $0 == 0 || $0 == 1 } == true)
    }

    @Test("What entropy asks, the victim is less sure of than of what is asked at random")
    func uncertain() throws {
        func certainty(_ strategy: String) throws -> Double {
            let records = try #require(
                notes(
                    ["budgets": .number(100), "rounds": .number(4), "strategy": .word(strategy)], isTraining: true
                ).trained.first { $0.name == "student-100" }
            ).records
            let peaks = try #require(records.targets)
            return (0..<records.count).reduce(0) { $0 + Double(peaks.row($1).max() ?? 0) } / Double(records.count)
        }
        let (entropy, random) = try (certainty("entropy"), certainty("random"))
        #expect(entropy < random - 0.05, "\(entropy) against \(random)")
    }
}
