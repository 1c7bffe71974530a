import Models
import Synchronization
import Tensors
import Testing
import ThreatModel
import Training

@testable import Attacks

@Suite struct LOGANBlackBoxTests {
    /// What a trainer was asked for.
    private final class Order: Sendable {
        let recipes = Mutex<[(name: String, recipe: Recipe, count: Int)]>([])
    }

    private func play(_ attack: LOGANBlackBox, recipe: Recipe?) throws -> (
        asked: (name: String, recipe: Recipe, count: Int), scores: [Double], surrogate: Model
    ) {
        let arena = try Arena.gan()
        let order = Order()
        var knowledge = try arena.knowledge(nil)
        knowledge.recipe = recipe
        knowledge.trainer = SurrogateTrainer { name, recipe, records in
            order.recipes.withLock { $0.append((name, recipe, records.count)) }
            return Model(untrained: recipe.architecture, RandomStream(seed: 1))
        }
        let scores = try attack.run(
            against: SamplesOnly(to: Victim(arena.untrained), meter: QueryMeter()), knowing: knowledge,
            random: RandomStream(seed: 2)
        ).values
        let asked = try #require(order.recipes.withLock { $0.count == 1 ? $0[0] : nil })
        return (asked, scores, Model(untrained: asked.recipe.architecture, RandomStream(seed: 1)))
    }

    private let known = Recipe(
        .generativeAdversarialNetwork(
            GenerativeAdversarialNetwork(inputs: 64, generatorHidden: [5], discriminatorHidden: [6], latents: 3)),
        epochs: 7, batchSize: 9, optimiser: .adam(rate: 1e-3))

    @Test("The surrogate has the victim's recipe when that is a GAN's, and reads nothing but samples")
    func victimsRecipe() throws {
        let (asked, scores, surrogate) = try play(LOGANBlackBox(samples: 30), recipe: known)
        #expect(asked.name == "surrogate" && asked.count == 30 && asked.recipe == known)
        let arena = try Arena.gan()
        let logits = try WhiteBox(to: Victim(surrogate), meter: QueryMeter())
            .values(.discriminatorLogit, of: arena.candidates)
        #expect(scores == logits && Set(scores).count > 1)
    }

    @Test("Of another family's recipe it makes a GAN of its own; epochs may be given")
    func plainRecipe() throws {
        let (asked, _, _) = try play(LOGANBlackBox(samples: 30, epochs: 3), recipe: Arena.autoencoderRecipe)
        #expect(asked.recipe.architecture.family == "gan" && asked.recipe.epochs == 3)
        #expect(try play(LOGANBlackBox(samples: 30), recipe: nil).asked.recipe.epochs == 50)
    }

    @Test("A surrogate that is no GAN has no discriminator")
    func noGAN() {
        #expect(throws: ThreatModelError.self) {
            try LOGANBlackBox.scores(
                candidates: Records(features: .zeros([2, 64])),
                surrogate: Model(untrained: Arena.autoencoderRecipe.architecture, RandomStream(seed: 1)))
        }
    }
}
