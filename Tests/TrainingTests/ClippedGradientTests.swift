import Accounting
import Autograd
import Foundation
import Mechanisms
import Models
import Synchronization
import Tensors
import Testing

@testable import Training

@Suite("Training on clipped gradients") struct ClippedGradientTests {
    private let random = RandomStream(seed: 4)
    private static let quantile = Clipping.adaptive(
        QuantileClipping(norm: 0.5, quantile: 0.6, rate: 0.3, countDeviation: 2))

    private func recipe(_ privacy: GradientPrivacy? = nil, batchSize: Int = 8) -> Recipe {
        Recipe(
            TinyRecipe.autoencoder, epochs: 30, batchSize: batchSize, optimiser: .adam(rate: 1e-3), privacy: privacy)
    }

    private func states(_ recipe: Recipe, from checkpoint: Data? = nil) throws -> (TrainedModel, [Data]) {
        let saved = Mutex<[Data]>([])
        let observer = TrainingObserver(
            restore: { checkpoint }, save: { data in saved.withLock { $0.append(data) } }, interval: .seconds(-1))
        let trained = try recipe.train(on: tinyRecords, random: random, observer: observer)
        return (trained, saved.withLock { $0 })
    }

    @Test("An adaptive norm moves, survives a checkpoint, and the resumed training ends in the same bytes")
    func adaptive() throws {
        let recipe = self.recipe(GradientPrivacy(clipping: Self.quantile, noiseMultiplier: 0.8))
        let (whole, checkpoints) = try states(recipe)
        let initial = recipe.architecture.network.initialParameters(random["init"])
        let norms = try checkpoints.map {
            try #require(try TrainingState(decoding: $0, initial: initial).clippingNorms["model"])
        }
        #expect(Set(norms).count == norms.count && norms.allSatisfy { $0 > 0 })
        let (resumed, _) = try states(recipe, from: checkpoints[20])
        #expect(resumed.model == whole.model && resumed.ledger == whole.ledger)
        #expect(try whole.ledger == PrivacyLedger(.dpSGD(rate: 0.2, noiseMultiplier: 0.8, steps: 150)))
    }

    @Test("Without an adaptive norm a checkpoint says nothing of one")
    func plainCheckpoint() throws {
        let (_, checkpoints) = try states(recipe(TinyRecipe.privacy))
        let state = try #require(try Safetensors(decoding: checkpoints[0]).metadata["state"])
        #expect(!state.contains("clippingNorms"))
    }

    @Test(
        "Every kind trains, each to another model, and records the same events",
        arguments: [Clipping.perLayer(norm: 0.5), .automatic(stability: 0.01), quantile])
    func kinds(_ clipping: Clipping) throws {
        let flat = try recipe(TinyRecipe.privacy).train(on: tinyRecords, random: random)
        let other = try recipe(GradientPrivacy(clipping: clipping, noiseMultiplier: 0.8))
            .train(on: tinyRecords, random: random)
        #expect(distance(flat.model.parameters, other.model.parameters) > 1e-3)
        #expect(other.model.parameters.norm.isFinite)
        #expect(other.ledger == flat.ledger)
    }

    @Test("Clipped without noise: the private training's batches and steps, no noise, and no event")
    func withoutNoise() throws {
        var clipped = recipe()
        clipped.clippingWithoutPrivacy = .flat(norm: 0.05)
        let trained = try clipped.train(on: tinyRecords, random: random)
        #expect(trained.ledger.entries.isEmpty && trained.steps == 150)
        let quiet = try recipe(GradientPrivacy(clippingNorm: 0.05, noiseMultiplier: 1e-9))
            .train(on: tinyRecords, random: random)
        #expect(distance(trained.model.parameters, quiet.model.parameters) < 1e-3)
        let noisy = try recipe(GradientPrivacy(clippingNorm: 0.05, noiseMultiplier: 1))
            .train(on: tinyRecords, random: random)
        #expect(distance(trained.model.parameters, noisy.model.parameters) > 0.05)
        let plain = try recipe().train(on: tinyRecords, random: random)
        #expect(distance(trained.model.parameters, plain.model.parameters) > 0.01)
    }

    @Test("Secure noise: neither batches nor noise repeat; the ledger is that of seeded noise")
    func secure() throws {
        let secure = recipe(
            GradientPrivacy(clipping: .flat(norm: 0.5), noiseMultiplier: 0.8, noise: .secure), batchSize: 20)
        let (first, second) = try (
            secure.train(on: tinyRecords, random: random), secure.train(on: tinyRecords, random: random)
        )
        #expect(distance(first.model.parameters, second.model.parameters) > 1e-3)
        #expect(try first.ledger == PrivacyLedger(.dpSGD(rate: 0.5, noiseMultiplier: 0.8, steps: 60)))
        // Forty coins agree by chance with probability 2⁻⁴⁰.
        #expect(secure.batch(step: 3, count: 40, random) != secure.batch(step: 3, count: 40, random))
    }

    @Test("A memory budget sets the physical batch; the step is that of the whole batch up to rounding")
    func memory() throws {
        var recipe = self.recipe(GradientPrivacy(clippingNorm: 0.5, noiseMultiplier: 0.1), batchSize: 40)
        recipe.epochs = 1
        let initial = recipe.architecture.network.initialParameters(random["init"])
        #expect(recipe.physicalRecords(tinyRecords, initial) == 512)
        #expect(recipe.physicalRecords(tinyWindows, initial) == 512)
        let whole = try recipe.train(on: tinyRecords, random: random).model.parameters
        recipe.memoryBudget = 1 << 20
        let roomy = recipe.physicalRecords(tinyRecords, initial)
        recipe.memoryBudget = 1 << 10
        let narrow = recipe.physicalRecords(tinyRecords, initial)
        #expect((1..<20).contains(narrow) && abs(roomy - narrow * 1024) < 1024)
        let split = try recipe.train(on: tinyRecords, random: random).model.parameters
        #expect(distance(split, whole) < 1e-4 && distance(whole, initial) > 1e-3)
        recipe.memoryBudget = 1
        #expect(recipe.physicalRecords(tinyRecords, initial) == 1)
    }

    @Test("Nothing of this is in the encoding of a recipe that does not ask for it")
    func encoding() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(recipe(TinyRecipe.privacy)), as: UTF8.self)
        for key in ["clippingWithoutPrivacy", "unitCap", "memoryBudget", "clipping\"", "noise\""] {
            #expect(!text.contains(key), "\(key)")
        }
        var full = recipe()
        (full.clippingWithoutPrivacy, full.unitCap, full.memoryBudget) = (Self.quantile, 4, 1000)
        #expect(try JSONDecoder().decode(Recipe.self, from: encoder.encode(full)) == full)
    }

    @Test("A training that is private and also clipped without privacy ends the program")
    func both() async {
        await #expect(processExitsWith: .failure) {
            var recipe = Recipe(
                TinyRecipe.autoencoder, epochs: 1, batchSize: 8, optimiser: .sgd(rate: 1), privacy: TinyRecipe.privacy)
            recipe.clippingWithoutPrivacy = .flat(norm: 1)
            _ = try recipe.train(on: tinyRecords, random: RandomStream(seed: 4))
        }
    }
}
