import Autograd
import Foundation
import Models
import Store
import Tensors
import ThreatModel
import Training

/// What an audited training leaves for the adversaries, beside its model.
struct AuditTrace: Codable {
    /// Which gradient canaries took part; empty without any.
    var gradientCanaries: [Bool]
    /// What was released along each of them.
    var alignments: [Double]
}

extension ResolvedVictim {
    /// The canaries among the gradients: as many as there are among the records, with coins of their own.
    var gradientCanaries: GradientCanaries? {
        get throws {
            guard let audit = spec.audit, let audited, audit.rungs.contains(.gradientCanary) else { return nil }
            let stream = random["audit"]["gradients"]
            guard
                let canaries = GradientCanaries(
                    included: stream["coins"].coinFlips(audited.included.count), in: recipe.architecture,
                    random: stream["directions"])
            else {
                throw SpecError(
                    "audit.canaries.count: expected at most one canary per parameter, found \(audited.included.count)")
            }
            return canaries
        }
    }

    /// The model before the first step: of trainings with other coins that of the victim, whose recipe the adversary has.
    var initialModel: Model { Model(untrained: recipe.architecture, beginning["training"]["init"]) }
}

extension VictimStage {
    static let history = "history.safetensors"
    static let trace = "audit.json"

    /// Trains a victim under audit, and keeps what its adversaries may watch.
    func auditedTraining(_ context: StageContext) throws -> TrainedModel {
        let parts = victim.spec.audit.map { $0.rungs.contains(.checkpoints) ? $0.checkpoints : 0 } ?? 0
        let folder = context.checkpoints
        let trained = try context.train(
            victim.recipe, on: victim.training, random: victim.random["training"],
            initial: victim.initialModel.parameters, canaries: try victim.gradientCanaries
        ) { [store = context.store] step, total, parameters in
            let part = step * parts / total
            guard (1..<max(parts, 1)).contains(part) else { return }
            let file = folder.appending(path: Self.name(part))
            // The first state of each part counts; after an interruption it may be there.
            guard !FileManager.default.fileExists(atPath: file.path) else { return }
            try store.writeAtomically(try Self.encoded(parameters), to: file)
        }
        if parts > 0 { try context.write(Self.history, try history(parts, in: folder)) }
        try context.write(
            Self.trace,
            AuditTrace(
                gradientCanaries: trained.canaries?.included ?? [], alignments: trained.canaries?.alignments ?? []))
        return trained
    }

    private static func name(_ part: Int) -> String { "part-\(part).safetensors" }

    private static func encoded(_ parameters: Parameters) throws -> Data {
        var file = Safetensors()
        for name in parameters.names { file.arrays[name] = .init(parameters[name]) }
        return try file.encoded()
    }

    /// The states between the parts in one file: "1/body.0.weight" is of the first.
    private func history(_ parts: Int, in folder: URL) throws -> Safetensors {
        var all = Safetensors()
        for part in 1..<parts {
            // A training of fewer steps than parts has fewer states.
            guard let data = FileManager.default.contents(atPath: folder.appending(path: Self.name(part)).path) else {
                continue
            }
            let file = try Safetensors(decoding: data)
            for (name, array) in file.arrays { all.arrays["\(part)/\(name)"] = array }
        }
        return all
    }
}

extension StageContext {
    /// How a victim under audit came about: all that any of its adversaries may see.
    func history(of victim: ResolvedVictim, final: Model, from stage: String) throws -> TrainingHistory {
        let trace = try read(AuditTrace.self, VictimStage.trace, from: stage)
        guard let audit = victim.spec.audit, audit.rungs.contains(.checkpoints),
            victim.recipe.architecture == final.architecture
        else {
            return TrainingHistory(checkpoints: [victim.initialModel, final], alignments: trace.alignments)
        }
        let file = try tensors(VictimStage.history, from: stage)
        let between = try (1..<audit.checkpoints).compactMap { part -> Model? in
            var parameters = final.parameters
            for name in parameters.names {
                guard file.arrays["\(part)/\(name)"] != nil else { return nil }
                parameters[name] = try file.array("\(part)/\(name)").tensor
            }
            return Model(final.architecture, parameters)
        }
        return TrainingHistory(checkpoints: [victim.initialModel] + between + [final], alignments: trace.alignments)
    }
}
