import Accounting
import Autograd
import Foundation
import Mechanisms
import Models
import Synchronization
import Tensors
import Testing

@testable import Training

@Suite("Federated averaging")
struct FederatedAveragingTests {
    private let random = RandomStream(seed: 21)
    private let local = Recipe(TinyRecipe.autoencoder, epochs: 2, batchSize: 5, optimiser: .sgd(rate: 0.5))
    private var users: [Records] { (0..<8).map { tinyRecords.slice(5 * $0..<5 * $0 + 5) } }
    private var initial: Parameters { local.architecture.network.initialParameters(random["init"]) }

    private func averaging(
        rate: Double = 0.5, rounds: Int = 12, clip: Double = 0.1, noise: Double = 1, serverRate: Double = 1
    ) -> FederatedAveraging {
        FederatedAveraging(
            rate: rate, rounds: rounds, clippingNorm: clip, noiseMultiplier: noise, serverRate: serverRate)
    }

    @Test("With one user, no bound that bites and next to no noise, rounds are local trainings one after another")
    func oneUser() throws {
        let trained = try averaging(rate: 1, rounds: 3, clip: 1000, noise: 1e-12)
            .train(local, users: [tinyRecords], random: random)
        var expected = initial
        for round in 0..<3 {
            expected = try local.train(on: tinyRecords, random: random[round]["user"][0], initial: expected)
                .model.parameters
        }
        #expect(distance(expected, initial) > 0.1)
        #expect(distance(trained.model.parameters, expected) < 1e-4)
        let half = try averaging(rate: 1, rounds: 1, clip: 1000, noise: 1e-12, serverRate: 0.5)
            .train(local, users: [tinyRecords], random: random).model.parameters
        let once = try local.train(on: tinyRecords, random: random[0]["user"][0], initial: initial).model.parameters
        #expect(abs(distance(half, initial) / distance(once, initial) - 0.5) < 1e-3)
    }

    @Test("A round moves the model by the clipped changes of those who take part, over the expected number of users")
    func round() throws {
        let settings = averaging(rate: 0.5, rounds: 1, clip: 0.05, noise: 1e-12)
        let trained = try settings.train(local, users: users, random: random)
        let takesPart = random[0]["users"].coinFlips(8, probability: 0.5)
        try #require(takesPart.contains(true) && takesPart.contains(false))
        var sum = BoundedUpdates(of: initial, clippedTo: 0.05)
        for user in users.indices where takesPart[user] {
            let end = try local.train(on: users[user], random: random[0]["user"][user], initial: initial)
            sum.add(from: initial, to: end.model.parameters)
        }
        var expected = initial
        let change = sum.released(noiseMultiplier: 0, noise: .seeded(random))
        for name in expected.names { expected[name].add(change[name], times: 1 / 4) }
        #expect(distance(expected, initial) > 0.01)
        #expect(distance(trained.model.parameters, expected) < 1e-5)
    }

    @Test("A round without a user is noised and counted like any other")
    func emptyRound() throws {
        let settings = averaging(rate: 1e-9, rounds: 1, clip: 0.1, noise: 2)
        let trained = try settings.train(local, users: users, random: random)
        #expect(try trained.ledger == PrivacyLedger(.dpSGD(rate: 1e-9, noiseMultiplier: 2, steps: 1)))
        let coordinates = Double(initial.scalarCount)
        let expected = 2 * 0.1 * coordinates.squareRoot() / (1e-9 * 8)
        let moved = distance(trained.model.parameters, initial)
        #expect(abs(moved / expected - 1) < 5 / (2 * coordinates).squareRoot())
    }

    @Test("One event is recorded a round, and a resumed training comes to the same bytes")
    func resumption() throws {
        let saved = Mutex<[Data]>([])
        let observer = TrainingObserver(
            save: { data in saved.withLock { $0.append(data) } }, interval: .seconds(-1))
        let whole = try averaging().train(local, users: users, random: random, observer: observer)
        #expect(try whole.ledger == PrivacyLedger(.dpSGD(rate: 0.5, noiseMultiplier: 1, steps: 12)))
        #expect(whole.steps == 12 && whole.curves["model"]?.steps.last == 12)
        let checkpoint = saved.withLock { $0[5] }
        let resumed = try averaging().train(
            local, users: users, random: random, observer: TrainingObserver(restore: { checkpoint }))
        #expect(resumed.model.parameters == whole.model.parameters)
        #expect(resumed.ledger == whole.ledger && resumed.curves == whole.curves)
        let other = try averaging().train(local, users: users, random: RandomStream(seed: 22))
        #expect(other.model.parameters != whole.model.parameters)
    }

    @Test("Every record is one user's; sorted by class, most users have few classes")
    func partition() {
        let records = Records(
            features: .zeros([203, 1]), labels: (0..<203).map { Int32($0 * 7 % 10) })
        for partition in UserPartition.allCases {
            let users = partition.users(20, of: records, random)
            #expect(users.count == 20 && users.flatMap(\.self).sorted() == Array(0..<203))
            #expect(users.allSatisfy { (9...12).contains($0.count) })
            let classes = users.map { user in Set(user.compactMap { records.labels?[$0] }).count }
            let few = classes.count { $0 <= 4 }
            #expect(partition == .classes ? few >= 18 : few <= 2)
        }
    }
}
