import Foundation
import Models
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

    @Test("A fixed number of steps overrides the passes, whatever the number of records")
    func fixedSteps() {
        let recipe = Recipe(TinyRecipe.autoencoder, epochs: 4, batchSize: 10, optimiser: .sgd(rate: 1), steps: 7)
        #expect(recipe.steps(40) == 7)
        #expect(recipe.steps(1000) == 7)
        #expect(recipe.stepsPerEpoch(40) == 4)
    }

    @Test("A phase follows its own optimiser where it has one")
    func optimisers() {
        let recipe = Recipe(
            TinyRecipe.gan, epochs: 4, batchSize: 10, optimiser: .adam(rate: 1e-3),
            optimisers: ["discriminator": .sgd(rate: 0.5)])
        let phases = recipe.architecture.network.phases
        #expect(phases.map(\.name) == ["discriminator", "generator"])
        #expect(phases.map(recipe.optimiser) == [.sgd(rate: 0.5), .adam(rate: 1e-3)])
    }

    @Test("A recipe that has neither mentions neither, so that keys made before there were any still hold")
    func encoding() throws {
        var recipe = Recipe(TinyRecipe.autoencoder, epochs: 4, batchSize: 10, optimiser: .sgd(rate: 1))
        func keys() throws -> Set<String> {
            let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(recipe)) as? [String: Any]
            return Set(try #require(object).keys)
        }
        let plain: Set = ["architecture", "epochs", "batchSize", "optimiser", "schedule"]
        #expect(try keys() == plain)
        (recipe.steps, recipe.optimisers) = (3, ["model": .sgd(rate: 2)])
        #expect(try keys() == plain.union(["steps", "optimisers"]))
    }
}
