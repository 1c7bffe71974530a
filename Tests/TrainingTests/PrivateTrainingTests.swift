import Accounting
import Autograd
import Foundation
import Mechanisms
import Models
import Synchronization
import Tensors
import Testing

@testable import Training

@Suite struct PrivateTrainingTests {
    private let random = RandomStream(seed: 4)

    @Test(
        "With a clip that never bites, next to no noise and every record in the batch, DP-SGD is full-batch training",
        arguments: [40, 80])
    func fullBatch(batchSize: Int) throws {
        var recipe = Recipe(TinyRecipe.autoencoder, epochs: 25, batchSize: batchSize, optimiser: .sgd(rate: 0.05))
        let plain = try recipe.train(on: tinyRecords, random: random).model.parameters
        recipe.privacy = GradientPrivacy(clippingNorm: 1000, noiseMultiplier: 1e-9)
        let quiet = try recipe.train(on: tinyRecords, random: random).model.parameters
        let initial = recipe.architecture.network.initialParameters(random["init"])
        #expect(distance(plain, initial) > 0.1)
        #expect(distance(quiet, plain) < 1e-4)
        recipe.privacy = GradientPrivacy(clippingNorm: 0.01, noiseMultiplier: 1e-9)
        let clipped = try recipe.train(on: tinyRecords, random: random).model.parameters
        #expect(distance(clipped, plain) > 0.1, "a clip that bites must be seen")
    }

    @Test("A logical batch beyond the physical cap is split and gives the step of the unsplit batch")
    func physicalBatch() throws {
        let records = Records(features: RandomStream(seed: 9).uniformTensor([1300, 6]))
        let privacy = GradientPrivacy(clippingNorm: 0.5, noiseMultiplier: 0.1)
        let recipe = Recipe(
            TinyRecipe.autoencoder, epochs: 1, batchSize: 1300, optimiser: .sgd(rate: 1), privacy: privacy)
        let initial = recipe.architecture.network.initialParameters(random["init"])
        func step(_ count: Int) -> Parameters {
            let network = recipe.architecture.network
            let tape = Tape(.perExample(count: count))
            let bound = BoundParameters(initial, on: tape)
            tape.backward(from: network.losses(network.phases[0], records.slice(0..<count), bound, random))
            let (gradient, _) = privacy.release(
                BoundedSum(clipping: tape.perExampleGradients(), to: 0.5), samplingRate: 1, expectedBatch: 1300,
                noise: .seeded(random["model"][0]["noise"]))
            var result = initial
            for name in result.names { result[name].add(gradient[name], times: -1) }
            return result
        }
        let trained = try recipe.train(on: records, random: random).model.parameters
        #expect(distance(trained, initial) > 0.1)
        #expect(distance(trained, step(1300)) < 1e-5)
        #expect(distance(trained, step(512)) > 0.01, "a truncated batch must be seen")
    }

    @Test("An empty Poisson batch is a step like any other: only its noise moves the parameters")
    func emptyBatch() throws {
        // One record of forty per step on average: more than a third of the batches are empty.
        for (architecture, records) in [(TinyRecipe.autoencoder, tinyRecords), (TinyRecipe.transformer, tinyWindows)] {
            let privacy = GradientPrivacy(clippingNorm: 2, noiseMultiplier: 0.5)
            let recipe = Recipe(architecture, epochs: 1, batchSize: 1, optimiser: .sgd(rate: 0.1), privacy: privacy)
            let saved = Mutex<[Data]>([])
            let observer = TrainingObserver(
                save: { data in saved.withLock { $0.append(data) } }, interval: .seconds(-1))
            let trained = try recipe.train(on: records, random: random, observer: observer)
            #expect(
                try trained.ledger
                    == PrivacyLedger(.dpSGD(rate: 1 / 40, noiseMultiplier: 0.5, steps: 40)))
            let initial = recipe.architecture.network.initialParameters(random["init"])
            let path =
                try [initial]
                + saved.withLock { $0 }.map { try TrainingState(decoding: $0, initial: initial).parameters }
            #expect(path.count == 40)
            let sampler = BatchSampler.poisson(rate: 1 / 40)
            var order = BatchSampler.Order()
            let empty = (0..<39).filter {
                sampler.indices(step: $0, count: 40, random["batches"], &order).isEmpty
            }
            #expect(empty.count > 5)
            // The noise has norm rate · multiplier · clip · √coordinates, up to five relative deviations 1/√(2n).
            let coordinates = Double(initial.scalarCount)
            let expected = 0.1 * 0.5 * 2 * coordinates.squareRoot()
            for step in empty {
                let moved = distance(path[step + 1], path[step])
                #expect(abs(moved / expected - 1) < 5 / (2 * coordinates).squareRoot(), "step \(step)")
            }
        }
    }

    @Test("A training that is private and mixes records ends the program, whatever the generator has")
    func batchNorm() async {
        await #expect(processExitsWith: .failure) {
            let recipe = Recipe(
                TinyRecipe.dcgan(.batch), epochs: 1, batchSize: 8, optimiser: .sgd(rate: 1),
                privacy: TinyRecipe.privacy)
            _ = try recipe.train(on: tinyRecords, random: RandomStream(seed: 4))
        }
    }

    @Test(
        "One event is recorded per step and phase that touches data",
        arguments: [TinyRecipe.autoencoder, TinyRecipe.gan, TinyRecipe.dcgan(.group)], [1, 5])
    func events(_ architecture: Architecture, epochs: Int) throws {
        var recipe = Recipe(
            architecture, epochs: epochs, batchSize: 16, optimiser: .sgd(rate: 0.1), privacy: TinyRecipe.privacy)
        let trained = try recipe.train(on: tinyRecords, random: random)
        // 40 records in batches of 16 make three steps (2.5, rounded up).
        #expect(trained.steps == 3 * epochs)
        let event = PrivacyEvent.poissonSampledGaussian(rate: 0.4, noiseMultiplier: 0.8)
        #expect(try trained.ledger == PrivacyLedger(.repeated(event, count: 3 * epochs)))
        recipe.privacy = nil
        #expect(try recipe.train(on: tinyRecords, random: random).ledger.entries.isEmpty)
    }

    @Test("A fixed number of steps records as many events, at the rate of the batch size")
    func fixedSteps() throws {
        let recipe = Recipe(
            TinyRecipe.gan, epochs: 1, batchSize: 16, optimiser: .sgd(rate: 0.1), privacy: TinyRecipe.privacy, steps: 7,
            optimisers: ["discriminator": .sgd(rate: 0.01)])
        let trained = try recipe.train(on: tinyRecords, random: random)
        #expect(try trained.ledger == PrivacyLedger(.dpSGD(rate: 0.4, noiseMultiplier: 0.8, steps: 7)))
    }

    @Test(
        "The private gradient moves the discriminator alone; the generator follows by a gradient that reads no record")
    func generator() throws {
        let privacy = GradientPrivacy(clippingNorm: 0.5, noiseMultiplier: 2)
        let recipe = Recipe(TinyRecipe.gan, epochs: 1, batchSize: 40, optimiser: .sgd(rate: 1), privacy: privacy)
        let network = recipe.architecture.network
        let initial = network.initialParameters(random["init"])
        let trained = try recipe.train(on: tinyRecords, random: random).model.parameters

        var expected = trained
        for name in expected.names where name.hasPrefix("generator.") { expected[name] = initial[name] }
        let tape = Tape(.summed)
        let phase = network.phases[1]
        let losses = network.losses(
            phase, Records(features: .zeros([40, 1])),
            BoundParameters(expected, on: tape, trainable: phase.parameters), random["generator"][0])
        tape.backward(from: losses, seed: Tensor(repeating: 1 / 40, shape: losses.shape))
        let gradient = tape.parameterGradients()
        #expect(gradient.names.allSatisfy { $0.hasPrefix("generator.") })
        for name in gradient.names { expected[name].add(gradient[name], times: -1) }
        #expect(distance(trained.filter(["discriminator."]), initial.filter(["discriminator."])) > 0.01)
        #expect(distance(trained.filter(["generator."]), initial.filter(["generator."])) > 1e-4)
        #expect(distance(trained, expected) < 1e-6)
    }

    @Test("A record that is not a number neither poisons a private training nor its checkpoints")
    func poisonedRecord() throws {
        var features = tinyRecords.requiredFeatures
        for column in 0..<6 { features[18 + column] = .nan }
        let saved = Mutex(0)
        let observer = TrainingObserver(save: { _ in saved.withLock { $0 += 1 } }, interval: .seconds(-1))
        let recipe = Recipe(
            TinyRecipe.autoencoder, epochs: 5, batchSize: 8, optimiser: .adam(rate: 1e-3), privacy: TinyRecipe.privacy)
        let trained = try recipe.train(on: Records(features: features), random: random, observer: observer)
        #expect(trained.model.parameters.norm.isFinite)
        #expect(saved.withLock { $0 } == 24)
    }
}
