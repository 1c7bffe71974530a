import Models
import Tensors
import Testing
import ThreatModel
import Training

@testable import Attacks

@Suite struct JacobianAugmentationTests {
    private func attack(_ settings: [String: AttackSettings.Value] = [:]) throws -> JacobianAugmentation {
        var settings = AttackSettings(settings)
        return try JacobianAugmentation(&settings, student: TheftArena.student)
    }

    @Test("A seed is doubled, then a reservoir is added")
    func sizes() throws {
        let attack = try attack(["doublings": .number(2), "reservoir": .number(30)])
        #expect([(0, 10), (1, 20), (2, 40), (9, 20)].map(attack.moved) == [10, 20, 30, 20])
    }

    @Test("A budget that is not above the seed, 150 by default, would move nothing, and is one clear error")
    func smallBudgets() throws {
        #expect(try attack().seed == 150 && attack().budgets == [300, 1000])
        #expect(try attack(["budgets": .numbers([10, 40]), "seed": .number(9)]).seed == 9)
        let error = #expect(throws: AttackSettingsError.self) {
            try attack(["budgets": .numbers([1000, 100]), "seed": .number(100)])
        }
        #expect(
            error?.description
                == "budgets: expected numbers above the seed of 100, whose records are moved, found 100; correct it")
    }

    @Test("The step goes forth for a period, then back for as long")
    func signs() throws {
        let attack = try attack(["period": .number(2), "step": .number(0.25)])
        #expect((0..<6).map(attack.signedStep) == [0.25, 0.25, -0.25, -0.25, 0.25, 0.25])
    }

    @Test("Each new record is an old one moved by the step along the signs of its label's gradient, within [0, 1]")
    func moves() throws {
        let (arena, notes) = (try TheftArena.shared(), NotingTrainer())
        let meter = QueryMeter()
        _ = try attack([
            "budgets": .numbers([10, 30]), "seed": .number(8), "period": .number(1), "answers": .word("labels"),
        ])
        .run(
            against: Predictions(to: Victim(arena.victim), meter: meter),
            knowing: arena.knowledge(trainer: notes.trainer()), random: RandomStream(seed: 2))
        #expect(meter.queries == 30)
        #expect(notes.trained.map(\.name) == ["round-0", "round-1", "student-10", "student-30"])
        #expect(notes.trained.map(\.records.count) == [8, 16, 10, 30])
        let all = try #require(notes.trained.last).records
        let (features, answers) = (all.requiredFeatures, try #require(all.targets))
        for (round, part) in [(0, 8..<16), (1, 16..<30)] {
            let student = try StudentClassifier(
                TheftArena.trainer.train(
                    "round-\(round)", notes.trained[round].recipe, on: notes.trained[round].records))
            let (old, labels) = (features.rows(0..<part.lowerBound), answers.rows(0..<part.lowerBound).rowArgmax())
            let gradients = student.logitGradients(old, of: labels)
            let step: Float = round == 0 ? 0.1 : -0.1
            let expected = Set(
                (0..<old.rows).map { row in
                    zip(old.row(row), gradients.row(row)).map { min(1, max(0, $0 + step * ($1 > 0 ? 1 : -1))) }
                })
            #expect(part.allSatisfy { expected.contains(features.row($0)) }, "round \(round)")
            #expect(Set(part.map { features.row($0) }).count == part.count)
        }
        #expect(all.targets?.values.allSatisfy { $0 == 0 || $0 == 1 } == true)
    }

    @Test("A student without gradients by its inputs is refused before any query")
    func refused() throws {
        let arena = try TheftArena.shared()
        let front = ScatteringFeatures(height: 8, width: 8)
        let recipe = Recipe(
            .classifier(Classifier(inputs: 64, hidden: [], classes: 4, scattering: front)), epochs: 1, batchSize: 1,
            optimiser: .sgd(rate: 0.1))
        let meter = QueryMeter()
        #expect(throws: ThreatModelError.self) {
            try JacobianAugmentation(budgets: [200], student: recipe).run(
                against: Predictions(to: Victim(arena.victim), meter: meter), knowing: arena.knowledge(),
                random: RandomStream(seed: 2))
        }
        #expect(meter.queries == 0)
    }
}
