import Accounting
import Auditing
import Foundation
import Models
import Tensors
public import Training

/// Federated averaging with user-level differential privacy; the victim's training is what a user does in a round.
public struct FederatedSpec: Codable, Sendable, Equatable {
    /// The number of users among whom the members are dealt.
    public var users: Int
    /// How they are dealt.
    public var partition: UserPartition
    /// The probability with which a user takes part in a round.
    public var rate: Double
    /// The number of rounds.
    public var rounds: Int
    /// The norm to which a user's change of the model is clipped.
    public var clip: Double
    /// By how much of the noisy mean the server moves the model.
    public var serverRate: Double
    /// The bound that the noise is calibrated to.
    public var epsilon: Double
    /// The probability with which the bound may fail.
    public var delta: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case users, partition, rate, rounds, clip, serverRate, epsilon, delta
    }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        users = try fields.number(.users, in: 2...1_000_000)
        partition = try fields.choice(.partition, default: .even)
        rate = try fields.number(.rate, in: 1e-6...1)
        rounds = try fields.number(.rounds, in: 1...1_000_000)
        clip = try fields.number(.clip, in: 1e-6...1e6, default: 1)
        serverRate = try fields.number(.serverRate, in: 1e-6...1e3, default: 1)
        epsilon = try fields.number(.epsilon, in: 0.01...1000)
        delta = try fields.number(.delta, in: 1e-12...0.1)
    }

    /// The settings with noise for the stated epsilon.
    func averaging() throws -> FederatedAveraging {
        let multiplier = try noiseMultiplier(epsilon: epsilon, delta: delta, rate: rate, steps: rounds)
        return FederatedAveraging(
            rate: rate, rounds: rounds, clippingNorm: clip, noiseMultiplier: multiplier, serverRate: serverRate)
    }

    /// Checks a victim that is trained by users.
    func check(_ victim: VictimSpec) throws {
        guard victim.privacy == nil, victim.canaries == nil else {
            throw SpecError(
                "victims: '\(victim.id)': federated: noise comes from the server and canaries have no user; remove "
                    + "privacy and canaries")
        }
        if partition == .classes, victim.model.family == .transformer {
            throw SpecError("victims: '\(victim.id)': federated.partition: text has no classes; take even")
        }
        if victim.model.convolutional?.normalisation == .batch {
            throw SpecError(
                "victims: '\(victim.id)': federated: running statistics of batch norm are no changes to average; give "
                    + "its model 'normalisation: group'")
        }
    }
}

extension ResolvedVictim {
    /// Checks that there are records for every user.
    func checkFederated() throws {
        guard let federated = spec.federated else { return }
        guard training.count >= 2 * federated.users else {
            throw SpecError(
                "victims: '\(spec.id)': federated.users: expected at most \(training.count / 2), two records each, "
                    + "found \(federated.users)")
        }
        if federated.partition == .classes, training.labels == nil {
            throw SpecError("victims: '\(spec.id)': federated.partition: records without labels; take even")
        }
    }

    /// The statement of a training's privacy towards a user.
    func federatedStatement(
        _ federated: FederatedSpec, _ averaging: FederatedAveraging, _ ledger: PrivacyLedger
    ) throws -> EpsilonStatement {
        let bound = try statedBound(ledger.event, delta: federated.delta)
        var assumptions = [
            "mechanism": "DP-FedAvg (McMahan et al. 2018), flat clipping, fixed denominator",
            "neighbouring relation": "add or remove one user with all their records",
            "privacy unit":
                "user (\(training.count / federated.users) records each, dealt \(federated.partition.rawValue))",
            "sampler": "Poisson over users, realised",
            "noise multiplier": String(format: "%.4f", averaging.noiseMultiplier),
            "clipping norm": "\(federated.clip), of a user's whole change",
            "sampling rate": String(format: "%.6f", federated.rate),
            "steps": "\(federated.rounds) rounds",
            "accountant": bound.accountant,
            "noise": seededNoise,
            "tuning": uncountedTuning,
            "number of users": "\(federated.users), treated as public",
        ]
        if federated.delta >= 1 / Double(federated.users) {
            assumptions["delta"] = "not below 1/users: the guarantee is weak"
        }
        return EpsilonStatement(epsilon: bound.epsilon, delta: federated.delta, assumptions: assumptions)
    }
}

extension StageContext {
    /// Trains a victim by federated averaging.
    func trainByUsers(_ victim: ResolvedVictim, _ federated: FederatedSpec) throws -> (TrainedModel, TrainingRecord) {
        let averaging = try federated.averaging()
        let random = victim.random["federated"]
        let users = federated.partition.users(federated.users, of: victim.training, random["partition"])
        let trained = try averaging.train(
            victim.recipe.plainDescent, users: users.map { victim.training.gather($0) }, random: random["rounds"],
            observer: observer("training.safetensors", share: 0..<1))
        let statement = try victim.federatedStatement(federated, averaging, trained.ledger)
        return (trained, TrainingRecord(steps: trained.steps, curves: trained.curves, epsilon: statement))
    }
}
