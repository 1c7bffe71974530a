import Accounting
import Autograd
import Foundation
import Mechanisms
import Models
import Tensors
import Testing

@testable import Training

@Suite struct GradientCanariesTests {
    private let random = RandomStream(seed: 4)
    private var recipe: Recipe {
        Recipe(
            TinyRecipe.autoencoder, epochs: 10, batchSize: 10, optimiser: .adam(rate: 1e-3),
            privacy: GradientPrivacy(clippingNorm: 0.5, noiseMultiplier: 1))
    }

    private func canaries(_ included: [Bool]) throws -> GradientCanaries {
        try #require(GradientCanaries(included: included, in: recipe.architecture, random: random["canaries"]))
    }

    @Test("Canaries have coordinates of their own, and there are no more of them than scalars that are trained")
    func coordinates() throws {
        let all = recipe.architecture.network.initialParameters(random)
        let most = try canaries([Bool](repeating: true, count: all.scalarCount))
        let distinct = Set(most.coordinates.map { "\($0.name)/\($0.element)" })
        #expect(distinct.count == all.scalarCount)
        #expect(most.coordinates.allSatisfy { $0.element < all[$0.name].count })
        let tooMany = [Bool](repeating: true, count: all.scalarCount + 1)
        #expect(GradientCanaries(included: tooMany, in: recipe.architecture, random: random) == nil)
        let gan = try #require(
            GradientCanaries(included: [true, false, true], in: TinyRecipe.gan, random: random))
        #expect(gan.coordinates.allSatisfy { $0.name.hasPrefix("discriminator") })
    }

    @Test("In one step with every record in the batch, an included canary reads the norm over the batch's size more")
    func oneStep() throws {
        var recipe = recipe
        (recipe.epochs, recipe.batchSize) = (1, 40)
        let included = (0..<12).map { $0 % 3 == 0 }
        let with = try recipe.train(on: tinyRecords, random: random, canaries: try canaries(included))
        let none = [Bool](repeating: false, count: 12)
        let without = try recipe.train(on: tinyRecords, random: random, canaries: try canaries(none))
        let found = try #require(with.canaries)
        let base = try #require(without.canaries)
        for (index, isIncluded) in included.enumerated() {
            let gain = found.alignments[index] - base.alignments[index]
            #expect(abs(gain - (isIncluded ? 0.5 / 40 : 0)) < 1e-7)
        }
    }

    @Test("Watching changes no byte of a training, and a training without privacy has no canaries to watch")
    func watching() throws {
        let plain = try recipe.train(on: tinyRecords, random: random)
        let watched = try recipe.train(
            on: tinyRecords, random: random, canaries: try canaries([Bool](repeating: false, count: 9)))
        #expect(plain.model.parameters == watched.model.parameters && plain.canaries == nil)
        let included = try recipe.train(
            on: tinyRecords, random: random, canaries: try canaries([Bool](repeating: true, count: 9)))
        #expect(plain.model.parameters != included.model.parameters)
        #expect(plain.ledger.entries == included.ledger.entries)
        var open = recipe
        open.privacy = nil
        let unguarded = try open.train(
            on: tinyRecords, random: random, canaries: try canaries([Bool](repeating: true, count: 9)))
        #expect(try unguarded.model.parameters == open.train(on: tinyRecords, random: random).model.parameters)
        #expect(unguarded.canaries?.alignments.allSatisfy { $0 == 0 } == true)
    }

    @Test("Included canaries are sampled like records: as often as the rate says, others never (level 0.001)")
    func sampled() throws {
        // A model that does not move has the same gradients and noise with canaries and without.
        var recipe = recipe
        (recipe.epochs, recipe.optimiser) = (100, .sgd(rate: 0))
        let coins = random["coins"].coinFlips(60)
        let none = [Bool](repeating: false, count: 60)
        let with = try #require(recipe.train(on: tinyRecords, random: random, canaries: try canaries(coins)).canaries)
        let without = try #require(
            recipe.train(on: tinyRecords, random: random, canaries: try canaries(none)).canaries)
        let gains = zip(with.alignments, without.alignments).map { ($0 - $1) * 10 / 0.5 }
        for (gain, coin) in zip(gains, coins) where !coin { #expect(abs(gain) < 1e-9) }
        // Each is sampled with probability ¼ in each of 400 steps.
        let count = Double(coins.count { $0 })
        let expected = 100 * count
        #expect(abs(gains.reduce(0, +) - expected) < 3.3 * (75 * count).squareRoot())
        let spread = zip(gains, coins).filter { $1 }.map { abs($0.0 - 100) }
        #expect(spread.max().map { $0 > 1 && $0 < 45 } == true, "flips of their own, within five deviations")
    }

    @Test("Interrupted and resumed, canaries read the same; the visits are those of a training in one go")
    func resumed() throws {
        let included = (0..<10).map { $0 % 2 == 0 }
        let whole = Kept(limit: .max)
        let expected = try recipe.train(
            on: tinyRecords, random: random, observer: whole.observer(from: nil), canaries: try canaries(included))
        let kept = Kept(limit: 7)
        #expect(throws: Interrupted.self) {
            try recipe.train(
                on: tinyRecords, random: random, observer: kept.observer(from: nil), canaries: try canaries(included))
        }
        let resumed = try recipe.train(
            on: tinyRecords, random: random, observer: kept.observer(from: kept.last), canaries: try canaries(included))
        #expect(resumed.canaries == expected.canaries && resumed.model.parameters == expected.model.parameters)
        #expect(expected.canaries?.alignments.contains { $0 != 0 } == true)
        #expect(whole.visited == (1...40).map { $0 })
        #expect(Set(kept.visited) == Set(whole.visited))
    }
}

/// Keeps checkpoints after every segment and the steps that were visited, and interrupts when it has enough.
private final class Kept: @unchecked Sendable {
    private let limit: Int
    private var saved: [Data] = []
    private(set) var visited: [Int] = []

    init(limit: Int) { self.limit = limit }

    var last: Data? { saved.last }

    func observer(from checkpoint: Data?) -> TrainingObserver {
        TrainingObserver(
            restore: { checkpoint },
            save: { data in
                self.saved.append(data)
                if self.saved.count == self.limit { throw Interrupted() }
            }, interval: .seconds(-1), visit: { step, _, _ in self.visited.append(step) })
    }
}

private struct Interrupted: Error {}
