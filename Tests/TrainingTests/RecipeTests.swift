import Foundation
import Testing
import Training

@Suite struct RecipeTests {
    @Test(
        "Batches per epoch are the nearest whole number, and at least one",
        arguments: [(100, 32, 3), (100, 40, 3), (100, 41, 2), (5, 64, 1), (64, 64, 1), (7, 1, 7)])
    func steps(count: Int, batchSize: Int, perEpoch: Int) {
        let recipe = Recipe(TinyRecipe.autoencoder, epochs: 4, batchSize: batchSize, optimiser: .sgd(rate: 1))
        #expect(recipe.stepsPerEpoch(count) == perEpoch)
        #expect(recipe.steps(count) == 4 * perEpoch)
    }

    @Test("The sampling rate is a probability")
    func samplingRate() {
        let recipe = Recipe(TinyRecipe.autoencoder, epochs: 4, batchSize: 10, optimiser: .sgd(rate: 1))
        #expect(recipe.samplingRate(40) == 0.25)
        #expect(recipe.samplingRate(5) == 1)
        #expect(recipe.samplingRate(0) == 1)
    }

    @Test("A recipe survives JSON", arguments: TinyRecipe.all)
    func json(_ tiny: TinyRecipe) throws {
        let data = try JSONEncoder().encode(tiny.recipe)
        #expect(try JSONDecoder().decode(Recipe.self, from: data) == tiny.recipe)
    }
}
