import Accounting
import Autograd
import Foundation
import Mechanisms
import Models
import Synchronization
import Tensors
import Testing

@testable import Training

/// Keeps checkpoints, and pulls the plug after some of them.
private final class Interrupter: Sendable {
    struct Interrupted: Error {}
    private let kept = Mutex<[Data]>([])
    private let limit: Int

    init(after limit: Int = .max) { self.limit = limit }

    var checkpoints: [Data] { kept.withLock { $0 } }

    /// Saves after every segment; a negative interval has always passed.
    func observer(from checkpoint: Data? = nil) -> TrainingObserver {
        TrainingObserver(
            restore: { checkpoint },
            save: { data in
                let count = self.kept.withLock {
                    $0.append(data)
                    return $0.count
                }
                if count >= self.limit { throw Interrupted() }
            }, interval: .seconds(-1))
    }
}

@Suite struct TrainerTests {
    private let random = RandomStream(seed: 4)

    private func bits(_ parameters: Parameters) -> [[UInt32]] {
        parameters.names.map { parameters[$0].values.map(\.bitPattern) }
    }

    @Test("The same recipe, records and seed give the same bytes; another seed does not", arguments: TinyRecipe.all)
    func deterministic(_ tiny: TinyRecipe) throws {
        let first = try tiny.recipe.train(on: tiny.records, random: random)
        let second = try tiny.recipe.train(on: tiny.records, random: random)
        #expect(bits(first.model.parameters) == bits(second.model.parameters))
        #expect(first.curves == second.curves)
        let other = try tiny.recipe.train(on: tiny.records, random: RandomStream(seed: 5))
        #expect(bits(first.model.parameters) != bits(other.model.parameters))
    }

    @Test(
        "Interrupted at a checkpoint and resumed, a training ends in the same bytes and curves",
        arguments: TinyRecipe.all, [1, 20, 74])
    func resumed(_ tiny: TinyRecipe, after segments: Int) throws {
        let whole = try tiny.recipe.train(on: tiny.records, random: random)
        #expect(whole.steps == 150)
        let interrupter = Interrupter(after: segments)
        #expect(throws: Interrupter.Interrupted.self) {
            try tiny.recipe.train(on: tiny.records, random: random, observer: interrupter.observer())
        }
        let checkpoint = try #require(interrupter.checkpoints.last)
        let rest = Interrupter()
        let resumed = try tiny.recipe.train(
            on: tiny.records, random: random, observer: rest.observer(from: checkpoint))
        #expect(rest.checkpoints.count == 74 - segments, "it started over instead of resuming")
        #expect(bits(resumed.model.parameters) == bits(whole.model.parameters))
        #expect(resumed.curves == whole.curves)
        #expect(resumed.ledger == whole.ledger)
    }

    @Test("A checkpoint that is none is refused")
    func notACheckpoint() throws {
        let tiny = TinyRecipe.all[0]
        for data in try [Data("nonsense".utf8), Safetensors().encoded()] {
            #expect(throws: Safetensors.Invalid.self) {
                try tiny.recipe.train(
                    on: tiny.records, random: random, observer: TrainingObserver(restore: { data }))
            }
        }
    }

    @Test("Training lowers the loss, and its curve ends with the last step", arguments: TinyRecipe.all.prefix(2))
    func curves(_ tiny: TinyRecipe) throws {
        let trained = try tiny.recipe.train(on: tiny.records, random: random)
        let curve = try #require(trained.curves["model"])
        #expect(curve.steps == (1...75).map { 2 * $0 })
        #expect(try #require(curve.losses.last) < #require(curve.losses.first))
    }

    @Test("A curve holds the mean loss per record: at a rate of next to nothing, that of fresh parameters")
    func meanLoss() throws {
        let recipe = Recipe(TinyRecipe.autoencoder, epochs: 2, batchSize: 7, optimiser: .sgd(rate: 1e-12))
        let network = recipe.architecture.network
        let bound = BoundParameters(network.initialParameters(random["init"]), on: Tape(.inference))
        let expected = network.losses(network.phases[0], tinyRecords, bound, random).value.sum() / 40
        let losses = try #require(recipe.train(on: tinyRecords, random: random).curves["model"]?.losses)
        #expect(losses.count == 12)
        let mean = losses.reduce(0, +) / 12
        // Each segment is a batch of 6 or 7 records, so the mean over batches is nearly that over records.
        #expect(abs(mean - expected) < 0.01 * expected)
    }

    @Test("Running statistics follow the batches of their own phase, and no optimiser knows them")
    func runningStatistics() throws {
        let recipe = Recipe(TinyRecipe.dcgan(.batch), epochs: 1, batchSize: 40, optimiser: .sgd(rate: 0))
        let network = recipe.architecture.network
        let initial = network.initialParameters(random["init"])
        let saved = Mutex<[Data]>([])
        let observer = TrainingObserver(save: { data in saved.withLock { $0.append(data) } }, interval: .seconds(-1))
        var twice = recipe
        twice.epochs = 2
        let trained = try twice.train(on: tinyRecords, random: random, observer: observer).model.parameters
        let state = try TrainingState(decoding: #require(saved.withLock { $0.first }), initial: initial)
        for (phase, optimiser) in state.optimisers {
            #expect(!optimiser.first.names.contains(where: Parameters.isStatistic), "\(phase)")
        }
        // At a rate of zero only the statistics move, and by what each phase sees of its own layers.
        var (expected, order) = (initial, BatchSampler.Order())
        for step in 0..<2 {
            for phase in network.phases {
                let tape = Tape(.summed)
                let bound = BoundParameters(expected, on: tape, trainable: phase.parameters)
                let sampler = BatchSampler.shuffled(stepsPerEpoch: 1)
                let batch =
                    phase.touchesData
                    ? tinyRecords.gather(sampler.indices(step: step, count: 40, random["batches"], &order))
                    : Records(features: .zeros([40, 1]))
                _ = network.losses(phase, batch, bound, random[phase.name][step])
                #expect(Set(tape.observations.map { String($0.name.prefix { $0 != "." }) }) == [phase.name])
                expected.fold(tape.observations)
            }
        }
        #expect(distance(expected, initial) > 0.1)
        #expect(bits(trained) == bits(expected))
    }

    @Test("The mean gradient of training without privacy is no longer than its limit")
    func gradientNorm() throws {
        var recipe = Recipe(TinyRecipe.autoencoder, epochs: 1, batchSize: 40, optimiser: .sgd(rate: 1))
        let initial = recipe.architecture.network.initialParameters(random["init"])
        func step() throws -> Double {
            distance(try recipe.train(on: tinyRecords, random: random).model.parameters, initial)
        }
        let free = try step()
        recipe.gradientNorm = Float(free / 3)
        #expect(try abs(step() - free / 3) < 1e-4 * free)
        recipe.gradientNorm = Float(free * 3)
        #expect(try step() == free)
    }

    @Test("Nothing to train on leaves fresh parameters and no event")
    func noRecords() throws {
        let recipe = Recipe(
            TinyRecipe.autoencoder, epochs: 3, batchSize: 8, optimiser: .sgd(rate: 1), privacy: TinyRecipe.privacy)
        let trained = try recipe.train(on: tinyRecords.slice(0..<0), random: random)
        #expect(trained.model == Model(untrained: recipe.architecture, random["init"]))
        #expect(trained.steps == 0)
        #expect(trained.ledger.entries.isEmpty)
    }

    @Test("A fixed number of steps ends within a pass, after the same steps as a longer training")
    func fixedSteps() throws {
        // Four steps make a pass over forty records.
        var recipe = Recipe(TinyRecipe.autoencoder, epochs: 2, batchSize: 10, optimiser: .sgd(rate: 0.1))
        let saved = Mutex<[Data]>([])
        let observer = TrainingObserver(save: { data in saved.withLock { $0.append(data) } }, interval: .seconds(-1))
        _ = try recipe.train(on: tinyRecords, random: random, observer: observer)
        recipe.steps = 6
        let trained = try recipe.train(on: tinyRecords, random: random)
        #expect(trained.steps == 6 && trained.curves["model"]?.steps == [1, 2, 3, 4, 5, 6])
        let sixth = try TrainingState(
            decoding: saved.withLock { $0[5] }, initial: trained.model.parameters)
        #expect(bits(trained.model.parameters) == bits(sixth.parameters))
        recipe.steps = 0
        #expect(
            try recipe.train(on: tinyRecords, random: random).model
                == Model(untrained: recipe.architecture, random["init"]))
    }

    @Test("A phase's own rate moves its parameters, and no others")
    func ownRate() throws {
        var recipe = Recipe(TinyRecipe.gan, epochs: 1, batchSize: 40, optimiser: .sgd(rate: 1))
        let initial = recipe.architecture.network.initialParameters(random["init"])
        func moved(_ prefix: String) throws -> Double {
            let trained = try recipe.train(on: tinyRecords, random: random).model.parameters
            return distance(trained.filter([prefix]), initial.filter([prefix]))
        }
        let (discriminator, generator) = try (moved("discriminator."), moved("generator."))
        recipe.optimisers = ["generator": .sgd(rate: 0.25)]
        #expect(try moved("discriminator.") == discriminator)
        #expect(try abs(moved("generator.") - generator / 4) < 1e-4 * generator)
        recipe.optimisers = ["discriminator": .sgd(rate: 0)]
        #expect(try moved("discriminator.") == 0)
        #expect(try moved("generator.") > 0)
    }

    @Test("An optimiser of a phase that the network does not have ends the program")
    func unknownPhase() async {
        await #expect(processExitsWith: .failure) {
            let recipe = Recipe(
                TinyRecipe.autoencoder, epochs: 1, batchSize: 8, optimiser: .sgd(rate: 1),
                optimisers: ["generator": .sgd(rate: 1)])
            _ = try recipe.train(on: tinyRecords, random: RandomStream(seed: 4))
        }
    }
}
