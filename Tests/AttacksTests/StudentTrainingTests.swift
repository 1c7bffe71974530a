import Foundation
import Models
import Synchronization
import Tensors
import Testing
import ThreatModel
import Training

@testable import Attacks

@Suite struct StudentTrainingTests {
    private func set(heldOut: Double) throws -> TransferSet {
        let arena = try TheftArena.shared()
        let queries = arena.population.slice(0..<100).requiredFeatures
        var set = TransferSet(width: 8, classes: 4, heldOut: heldOut)
        let access = Predictions(to: Victim(arena.victim), meter: QueryMeter())
        set.append(queries, try AnswerForm.probabilities.ask(access, queries))
        return set
    }

    private func training(_ recipe: Recipe, _ notes: NotingTrainer) throws -> StudentTraining {
        try StudentTraining(recipe, TheftArena.shared().knowledge(trainer: notes.trainer()), attack: "test")
    }

    @Test("Without validation a budget takes one training, by the recipe, on the first part of the set")
    func plain() throws {
        let notes = NotingTrainer()
        let surrogates = try training(TheftArena.student, notes).surrogates([10, 100], of: set(heldOut: 0))
        #expect(surrogates.map(\.budget) == [10, 100])
        #expect(notes.trained.map(\.name) == ["student-10", "student-100"])
        #expect(notes.trained.map(\.records.count) == [10, 100])
        #expect(notes.trained.allSatisfy { $0.recipe == TheftArena.student })
    }

    @Test("Validation is one training, of which the checkpoint is taken that agrees most, and of equals the last")
    func validation() throws {
        let (notes, set) = (NotingTrainer(), try set(heldOut: 0.2))
        let student = try training(TheftArena.student, notes).student(100, of: set)
        #expect(notes.trained.map(\.name) == ["student-100"] && notes.trained[0].recipe == TheftArena.student)
        #expect(notes.trained[0].records.count == 80)
        let visited = Mutex<[Model]>([])
        _ = try TheftArena.student.train(
            on: set.training(100), random: RandomStream(seed: 9)["student-100"],
            observer: TrainingObserver(visit: { _, _, parameters in
                visited.withLock { $0.append(Model(TheftArena.student.architecture, parameters)) }
            }))
        let models = visited.withLock { $0 }
        let agreements = try models.map { try StudentClassifier($0).agreement(with: set.validation(100)) }
        let best = try #require(agreements.lastIndex(of: agreements.max() ?? 0))
        #expect(models.count > 40 && student.model == models[best])
    }

    @Test("Another number of epochs replaces steps, which else are the same at every budget")
    func lengths() throws {
        let notes = NotingTrainer()
        var recipe = TheftArena.student
        recipe.steps = 12
        let training = try training(recipe, notes)
        _ = try training.surrogates([20, 100], of: set(heldOut: 0))
        _ = try training.train("round", on: set(heldOut: 0).training(20), epochs: 3)
        #expect(notes.trained.map(\.recipe.steps) == [12, 12, nil])
        #expect(notes.trained.map(\.recipe.epochs) == [40, 40, 3])
    }

    @Test("The privacy of a victim's recipe is not the student's")
    func privacy() throws {
        let notes = NotingTrainer()
        // By its file format: mechanisms are no business of attacks.
        let own = String(decoding: try JSONEncoder().encode(TheftArena.student), as: UTF8.self)
        let text = own.dropLast() + #","unitCap":3,"privacy":{"clippingNorm":1,"noiseMultiplier":2}}"#
        let recipe = try JSONDecoder().decode(Recipe.self, from: Data(text.utf8))
        #expect(recipe != TheftArena.student)
        _ = try training(recipe, notes).student(20, of: set(heldOut: 0))
        #expect(notes.trained.map(\.recipe) == [TheftArena.student])
    }

    @Test("A student of another family, with other classes or without gradients is refused")
    func refused() throws {
        let notes = NotingTrainer()
        #expect(throws: ThreatModelError.self) { try training(Arena.student, notes) }
        let fitting = try training(TheftArena.student, notes)
        try fitting.require(classes: 4)
        try fitting.requireInputGradients()
        let error = #expect(throws: ThreatModelError.self) { try fitting.require(classes: 10) }
        #expect(
            error?.description
                == "test: expected a student of 10 classes, as many as the victim has, found 4; "
                + "change the student's model")
        let front = ScatteringFeatures(height: 8, width: 8)
        let scattering = Classifier(inputs: 64, hidden: [], classes: 4, scattering: front)
        let blind = try training(
            Recipe(.classifier(scattering), epochs: 1, batchSize: 1, optimiser: .sgd(rate: 0.1)), notes)
        #expect(throws: ThreatModelError.self) { try blind.requireInputGradients() }
    }
}
