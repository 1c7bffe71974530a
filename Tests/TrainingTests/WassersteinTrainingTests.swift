import Accounting
import Autograd
import Mechanisms
import Models
import Tensors
import Testing
import Training

@Suite struct WassersteinTrainingTests {
    private let random = RandomStream(seed: 11)

    private func network(_ critic: WassersteinCritic?) -> GenerativeAdversarialNetwork {
        GenerativeAdversarialNetwork(
            inputs: 2, generatorHidden: [16], discriminatorHidden: [16, 16], latents: 2, critic: critic)
    }

    /// Records along a stroke from (0.6, 0.2) to (0.9, 0.35).
    private var stroke: Records {
        let places = RandomStream(seed: 12).uniforms(200)
        return Records(features: Tensor(places.flatMap { [0.6 + 0.3 * $0, 0.2 + 0.15 * $0] }, shape: [200, 2]))
    }

    /// The mean and the deviation of each coordinate of some samples.
    private func moments(_ parameters: Parameters) -> [Float] {
        let bound = BoundParameters(parameters, on: Tape(.inference))
        let codes = bound.tape.constant(RandomStream(seed: 13).normalTensor([500, 2]))
        return Self.moments(network(nil).generate(codes, bound).value)
    }

    private static func moments(_ points: Tensor) -> [Float] {
        (0..<2).flatMap { axis -> [Float] in
            let values = (0..<points.rows).map { points[2 * $0 + axis] }
            let mean = values.reduce(0, +) / Float(values.count)
            let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)
            return [mean, square.squareRoot()]
        }
    }

    @Test("A Wasserstein GAN moves its samples onto the records, their spread included")
    func learns() throws {
        let recipe = Recipe(
            .generativeAdversarialNetwork(network(WassersteinCritic(penalty: 0.1, steps: 2))), epochs: 1, batchSize: 40,
            optimiser: .adam(rate: 1e-2, beta1: 0), schedule: .cosine(warmup: 10, floor: 0.1), steps: 900)
        let trained = try recipe.train(on: stroke, random: random)
        let wanted = Self.moments(stroke.requiredFeatures)
        func worst(_ parameters: Parameters) -> Float {
            zip(moments(parameters), wanted).map { abs($0 - $1) }.max() ?? .infinity
        }
        let before = worst(recipe.architecture.network.initialParameters(random["init"]))
        let after = worst(trained.model.parameters)
        #expect(before > 0.15 && after < 0.05, "\(before) → \(after)")
        #expect(trained.curves.keys.sorted() == ["discriminator", "generator"])
    }

    @Test("Steps are the critic's: the generator takes every third, and each of the critic's is an event")
    func steps() throws {
        let recipe = Recipe(
            .generativeAdversarialNetwork(network(WassersteinCritic(steps: 3))), epochs: 1, batchSize: 20,
            optimiser: .sgd(rate: 0.1), privacy: GradientPrivacy(clippingNorm: 0.5, noiseMultiplier: 0.8), steps: 8)
        let trained = try recipe.train(on: stroke, random: random)
        #expect(try trained.ledger == PrivacyLedger(.dpSGD(rate: 0.1, noiseMultiplier: 0.8, steps: 8)))
        #expect(trained.steps == 8)
        // Segments of one step: the generator's curve has those in which it took one.
        #expect(trained.curves["generator"]?.steps == [3, 6])
        #expect(trained.curves["discriminator"]?.steps == Array(1...8))
        var shorter = recipe
        shorter.steps = 2
        let early = try shorter.train(on: stroke, random: random).model.parameters
        let initial = recipe.architecture.network.initialParameters(random["init"])
        #expect(distance(early.filter(["generator."]), initial.filter(["generator."])) == 0)
        #expect(distance(early.filter(["discriminator."]), initial.filter(["discriminator."])) > 0)
        #expect(
            distance(trained.model.parameters.filter(["generator."]), initial.filter(["generator."])) > 0)
    }

    @Test("A private Wasserstein GAN's step moves by no more than a record's bound and its noise")
    func sensitivity() throws {
        // Without noise to speak of, the step of a batch of one record is its gradient, clipped.
        let recipe = Recipe(
            .generativeAdversarialNetwork(network(WassersteinCritic(penalty: 1000, steps: 2))), epochs: 1, batchSize: 1,
            optimiser: .sgd(rate: 1), privacy: GradientPrivacy(clippingNorm: 0.25, noiseMultiplier: 1e-9), steps: 1)
        let records = stroke.slice(0..<1)
        let initial = recipe.architecture.network.initialParameters(random["init"])
        let clipped = try recipe.train(on: records, random: random).model.parameters
        #expect(abs(distance(clipped, initial) - 0.25) < 1e-5)
        var plain = recipe
        plain.privacy = nil
        #expect(distance(try plain.train(on: records, random: random).model.parameters, initial) > 1)
    }
}
