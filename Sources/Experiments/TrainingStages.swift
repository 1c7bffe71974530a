import Auditing
import Autograd
import Foundation
import Models
import Statistics
import Store
import Tensors
import ThreatModel
import Training

/// What a training leaves beside its model.
struct TrainingRecord: Codable {
    var steps: Int
    var curves: [String: LossCurve]
    var epsilon: EpsilonStatement?
    /// What else there is to tell of how it came about.
    var measures: [Measure]?
}

extension StageContext {
    /// Trains, keeping checkpoints in this stage's folder, and goes on from one that is there and undamaged.
    func train(
        _ recipe: Recipe, on records: Records, random: RandomStream, initial: Parameters? = nil,
        canaries: GradientCanaries? = nil,
        visit: @escaping @Sendable (Int, Int, Parameters) throws -> Void = { _, _, _ in }
    ) throws -> TrainedModel {
        var observer = observer("training.safetensors", share: 0..<1)
        observer.visit = visit
        return try recipe.train(on: records, random: random, observer: observer, initial: initial, canaries: canaries)
    }

    /// An observer of a part of this stage's work, with a checkpoint in this stage's folder.
    func observer(_ checkpoint: String, share: Range<Double>) -> TrainingObserver {
        let file = checkpoints.appending(path: checkpoint)
        let width = share.upperBound - share.lowerBound
        return TrainingObserver(
            progress: { [progress] in progress(share.lowerBound + width * $0) },
            restore: { Self.verified(FileManager.default.contents(atPath: file.path)) },
            save: { [store] in try store.writeAtomically(Data(Checksum.of($0).utf8) + $0, to: file) },
            interval: checkpointInterval)
    }

    /// A checkpoint without the checksum before it; `nil` when there is none, or when it is damaged.
    private static func verified(_ file: Data?) -> Data? {
        guard let file, file.count > 64 else { return nil }
        let content = Data(file.dropFirst(64))
        return Checksum.of(content) == String(decoding: file.prefix(64), as: UTF8.self) ? content : nil
    }

    func model(from stage: String) throws -> Model {
        try Model(checkpoint: try tensors("model.safetensors", from: stage))
    }
}

/// Trains a victim.
struct VictimStage: Sendable {
    let victim: ResolvedVictim

    func run(_ context: StageContext) throws {
        let (trained, record) = try train(context)
        try context.write("model.safetensors", try victim.checkpoint(trained.model))
        try context.write("training.json", record)
    }

    private func train(_ context: StageContext) throws -> (TrainedModel, TrainingRecord) {
        if let pate = victim.spec.pate { return try context.trainStudent(victim, pate) }
        if let federated = victim.spec.federated { return try context.trainByUsers(victim, federated) }
        let trained =
            try victim.audited == nil
            ? context.train(victim.recipe, on: victim.training, random: victim.random["training"])
            : auditedTraining(context)
        return (
            trained,
            TrainingRecord(
                steps: trained.steps, curves: trained.curves, epsilon: try victim.epsilonStatement(trained.ledger))
        )
    }
}

/// Trains the classifier that judges samples, on the population.
struct EvaluatorStage: Sendable {
    let spec: EvaluatorSpec
    let split: DataSplit
    let random: RandomStream

    var architecture: Architecture {
        .classifier(
            Classifier(inputs: split.candidates.features?.columns ?? 0, hidden: spec.hidden, classes: split.classes))
    }

    func run(_ context: StageContext) throws {
        let trained = try context.train(spec.training.recipe(architecture), on: split.population, random: random)
        try context.write("model.safetensors", try trained.model.checkpoint())
    }
}

/// Trains one shadow on its own half of the candidates, and takes its signals on all of them and on the population.
struct ShadowStage: Sendable {
    let recipe: Recipe
    let training: TrainingSpec
    let split: DataSplit
    let signals: [Signal]
    let index: Int
    let flips: ShadowSpec.Flips
    /// The privacy whose units are those of its training; `nil` when it is trained plainly.
    let privacy: PrivacySpec?
    /// The stream of the pool.
    let pool: RandomStream

    private var membership: [Bool] {
        let isComplement = flips == .covering && index == 1
        let flips = pool[isComplement ? 0 : index]["membership"].coinFlips(split.candidates.count)
        return isComplement ? flips.map { !$0 } : flips
    }

    func run(_ context: StageContext) throws {
        let membership = membership
        let indices = membership.indices.filter { membership[$0] }
        var members = split.candidates.gather(indices)
        if let privacy {
            members = privacy.withUnits(
                members, try split.units(of: indices, privacy, "a shadow"), planted: [])
        }
        let trained = try context.train(
            recipe, on: training.smoothed(members, classes: split.classes), random: pool[index]["training"])
        var file = Safetensors()
        file.arrays["membership"] = Safetensors.Array(membership.map { UInt8($0 ? 1 : 0) }, shape: [membership.count])
        for signal in signals {
            let values = try signal.values(of: trained.model, on: split.candidates)
            file.arrays[signal.rawValue] = Safetensors.Array(values, shape: [values.count])
            let others = try signal.values(of: trained.model, on: split.population)
            file.arrays["population/\(signal.rawValue)"] = Safetensors.Array(others, shape: [others.count])
        }
        if case .classifier = trained.model.architecture {
            file.arrays["answers"] = Safetensors.Array(try trained.model.answers(split.candidates))
        }
        try context.write("signals.safetensors", file)
    }
}

extension ResolvedVictim {
    /// A model with the recipe, and with what a language model's records need.
    func checkpoint(_ model: Model) throws -> Safetensors {
        func json(_ value: some Encodable) throws -> String {
            String(decoding: try JSONCoding.encode(value), as: UTF8.self)
        }
        var metadata = ["recipe": try json(recipe)]
        if let tokeniser = split.tokeniser {
            metadata["tokeniser"] = try json(tokeniser)
            metadata["window"] = "\(split.candidates.window)"
        }
        if let size = split.imageSize { metadata["image"] = try json(size) }
        return try model.checkpoint(metadata: metadata)
    }
}
