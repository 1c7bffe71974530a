import Accounting
import Autograd
import Foundation
import Mechanisms
public import Models
public import Tensors

/// Differentially private federated averaging: what is protected is all that one user has.
///
/// In each round every user takes part independently with probability q. They train the current model on their own
/// records; the change is clipped to a norm as a whole; the sum of the changes is noised and divided by the *expected*
/// number of users qW, for the realised one is private. A round without a user is noised and counted like any other.
///
/// - Source: McMahan, Ramage, Talwar and Zhang 2018, <https://arxiv.org/abs/1710.06963>, algorithm 1 with the fixed
///   denominator (estimator f̃_f) and flat clipping.
/// - Deviation: every user has the weight 1, whatever the number of their records; the number of users is public.
public struct FederatedAveraging: Codable, Sendable, Equatable {
    /// The probability q with which a user takes part in a round.
    public var rate: Double
    /// The number of rounds.
    public var rounds: Int
    /// The norm to which a user's change of the model is clipped.
    public var clippingNorm: Double
    /// The deviation of the noise in units of the clipping norm.
    public var noiseMultiplier: Double
    /// By how much of the noisy mean the server moves the model.
    public var serverRate: Double

    /// Creates settings.
    public init(
        rate: Double, rounds: Int, clippingNorm: Double, noiseMultiplier: Double, serverRate: Double = 1
    ) {
        precondition(
            rate > 0 && rate <= 1 && rounds >= 0 && clippingNorm > 0 && noiseMultiplier > 0,
            "rate \(rate), \(rounds) rounds, clipping \(clippingNorm), noise \(noiseMultiplier)")
        self.rate = rate
        self.rounds = rounds
        self.clippingNorm = clippingNorm
        self.noiseMultiplier = noiseMultiplier
        self.serverRate = serverRate
    }

    /// Trains a model on users.
    ///
    /// - Parameters:
    ///   - local: What a user does in a round, from the current model, with an optimiser that begins anew; without
    ///     privacy.
    ///   - users: The records of each user.
    ///   - random: The stream of everything; the local training of a round and user is addressed by both.
    ///   - observer: Told of the rounds; checkpoints lie between rounds.
    /// - Returns: The model, the mean local loss of each segment of rounds, the rounds as steps, and one event a round.
    /// - Throws: what the observer throws.
    public func train(
        _ local: Recipe, users: [Records], random: RandomStream, observer: TrainingObserver = TrainingObserver()
    ) throws -> TrainedModel {
        precondition(local.privacy == nil, "local steps are not noised; the sum of the users' changes is")
        let initial = local.architecture.network.initialParameters(random["init"])
        precondition(
            !initial.names.contains(where: Parameters.isStatistic),
            "running statistics of batch norm are no changes to average; use group norm")
        var state =
            try observer.restore().map { try TrainingState(decoding: $0, initial: initial) }
            ?? TrainingState(parameters: initial)
        let segment = max(1, rounds / 60)
        var lastSave = ContinuousClock.now
        while state.step < rounds {
            try runSegment(&state, upTo: min(rounds, state.step + segment), local, users, random)
            observer.progress(Double(state.step) / Double(rounds))
            if lastSave.duration(to: .now) > observer.interval, state.step < rounds {
                try observer.save(try state.encoded())
                lastSave = .now
            }
        }
        return TrainedModel(
            model: Model(local.architecture, state.parameters), curves: state.curves, steps: rounds,
            ledger: state.ledger)
    }

    private func runSegment(
        _ state: inout TrainingState, upTo end: Int, _ local: Recipe, _ users: [Records], _ random: RandomStream
    ) throws {
        var losses: [String: [Double]] = [:]
        while state.step < end {
            for (phase, loss) in try runRound(&state, local, users, random[state.step]) {
                losses[phase, default: []].append(loss)
            }
            state.step += 1
        }
        for (phase, values) in losses {
            state.curves[phase, default: LossCurve()].steps.append(end)
            state.curves[phase]?.losses.append(values.reduce(0, +) / Double(values.count))
        }
    }

    /// Runs one round and returns the last local losses of those who took part, by phase.
    private func runRound(
        _ state: inout TrainingState, _ local: Recipe, _ users: [Records], _ random: RandomStream
    ) throws -> [(phase: String, loss: Double)] {
        var sum = BoundedUpdates(of: state.parameters, clippedTo: clippingNorm)
        var losses: [(phase: String, loss: Double)] = []
        let takesPart = random["users"].coinFlips(users.count, probability: rate)
        for user in users.indices where takesPart[user] {
            let trained = try local.train(on: users[user], random: random["user"][user], initial: state.parameters)
            sum.add(from: state.parameters, to: trained.model.parameters)
            losses += trained.curves.keys.sorted().compactMap { phase in
                trained.curves[phase]?.losses.last.map { (phase, $0) }
            }
        }
        let change = sum.released(noiseMultiplier: noiseMultiplier, noise: .seeded(random["noise"]))
        try state.ledger.record(.poissonSampledGaussian(rate: rate, noiseMultiplier: noiseMultiplier))
        let factor = Float(serverRate / (rate * Double(users.count)))
        for name in change.names { state.parameters.update(name) { $0.add(change[name], times: factor) } }
        return losses
    }
}

/// How records are dealt to simulated users.
public enum UserPartition: String, Codable, Sendable, CaseIterable {
    /// At random: all users have the same distribution.
    case even
    /// Sorted by class and cut into two parts a user: most users have two classes.
    ///
    /// - Source: McMahan, Moore, Ramage, Hampson and Arcas 2017, <https://arxiv.org/abs/1602.05629>, section 3.
    case classes

    /// Returns the records of each of so many users; every record is one user's.
    ///
    /// - Precondition: There are at least two records a user, and labels to sort by.
    public func users(_ count: Int, of records: Records, _ random: RandomStream) -> [[Int]] {
        precondition(count > 0 && records.count >= 2 * count, "\(count) users of \(records.count) records")
        let order = random["records"].permutation(records.count)
        func part(_ index: Int, _ parts: Int, _ order: [Int]) -> [Int] {
            Array(order[index * records.count / parts..<(index + 1) * records.count / parts])
        }
        guard self == .classes else { return (0..<count).map { part($0, count, order) } }
        guard let labels = records.labels else {
            preconditionFailure("records without labels cannot be sorted by them")
        }
        let place = Dictionary(uniqueKeysWithValues: zip(order, order.indices))
        let sorted = order.sorted { (labels[$0], place[$0] ?? 0) < (labels[$1], place[$1] ?? 0) }
        let parts = random["parts"].permutation(2 * count)
        return (0..<count).map { user in
            part(parts[2 * user], 2 * count, sorted) + part(parts[2 * user + 1], 2 * count, sorted)
        }
    }
}
