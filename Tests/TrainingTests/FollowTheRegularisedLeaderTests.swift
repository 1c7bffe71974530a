import Accounting
import Autograd
import Foundation
import Mechanisms
import Models
import Tensors
import Testing

@testable import Training

@Suite("DP-FTRL")
struct FollowTheRegularisedLeaderTests {
    private let random = RandomStream(seed: 6)

    private func recipe(
        _ architecture: Architecture = TinyRecipe.autoencoder, epochs: Int = 3, batchSize: Int = 5, clip: Double,
        noise: Double
    ) -> Recipe {
        var privacy = GradientPrivacy(clippingNorm: clip, noiseMultiplier: noise)
        privacy.mechanism = .ftrl
        return Recipe(
            architecture, epochs: epochs, batchSize: batchSize, optimiser: .sgd(rate: 0.1), privacy: privacy)
    }

    @Test("With a clip that never bites and next to no noise it is descent over shuffled batches")
    func noiseless() throws {
        let quiet = recipe(clip: 1000, noise: 1e-10)
        var plain = quiet
        plain.privacy = nil
        let expected = try plain.train(on: tinyRecords, random: random).model.parameters
        let found = try quiet.train(on: tinyRecords, random: random).model.parameters
        #expect(distance(expected, plain.architecture.network.initialParameters(random["init"])) > 0.1)
        #expect(distance(found, expected) < 1e-4)
        let clipped = try recipe(clip: 0.01, noise: 1e-10).train(on: tinyRecords, random: random).model.parameters
        #expect(distance(clipped, expected) > 0.1, "a clip that bites must be seen")
    }

    @Test("After a tree of eight steps the parameters hold the noise of one node, not of eight steps")
    func correlatedNoise() throws {
        // 40 records in batches of 5; the clipped gradients, 0.001 each, vanish beside noise of 1 a coordinate.
        let loud = recipe(epochs: 1, clip: 1e-3, noise: 1000)
        let trained = try loud.train(on: tinyRecords, random: random).model.parameters
        let initial = loud.architecture.network.initialParameters(random["init"])
        let coordinates = Double(initial.scalarCount)
        let expected = 0.1 / 5 * coordinates.squareRoot()
        #expect(abs(distance(trained, initial) / expected - 1) < 5 / (2 * coordinates).squareRoot())
        // Two epochs are two trees, whose noises are independent.
        let twice = try recipe(epochs: 2, clip: 1e-3, noise: 1000).train(on: tinyRecords, random: random)
        let ratio = distance(twice.model.parameters, initial) / expected / 2.0.squareRoot()
        #expect(abs(ratio - 1) < 5 / (2 * coordinates).squareRoot())
    }

    @Test(
        "One event is recorded a tree and phase that touches data", arguments: [TinyRecipe.autoencoder, TinyRecipe.gan])
    func events(_ architecture: Architecture) throws {
        let recipe = recipe(architecture, clip: 0.5, noise: 3)
        let event = PrivacyEvent.gaussian(noiseMultiplier: 3 / 4.0.squareRoot())
        #expect(try recipe.train(on: tinyRecords, random: random).ledger == PrivacyLedger(.repeated(event, count: 3)))
        #expect(recipe.treeEvent(40) == .repeated(event, count: 3))
        var odd = recipe
        odd.steps = 17
        #expect(try odd.train(on: tinyRecords, random: random).ledger == PrivacyLedger(odd.treeEvent(40)))
        #expect(odd.treeEvent(40) == .repeated(event, count: 3))
    }

    @Test("Every record takes part in one step of an epoch")
    func participation() {
        let recipe = recipe(batchSize: 6, clip: 1, noise: 1)
        let steps = recipe.stepsPerEpoch(40)
        for epoch in 0..<3 {
            let seen = (0..<steps).flatMap { recipe.batch(step: epoch * steps + $0, count: 40, random) }
            #expect(seen.sorted() == Array(0..<40))
        }
    }
}
