import Attacks
import Auditing
import Autograd
import Foundation
import Models
import Store
import Tensors
import ThreatModel
import Training

/// Lays out the stages of a spec and gives each its key.
struct StageBuilder {
    let spec: Spec
    let data: [String: DataSplit]
    let environment: RunEnvironment
    private(set) var stages: [Stage] = []

    init(spec: Spec, data: [String: DataSplit], environment: RunEnvironment) {
        (self.spec, self.data, self.environment) = (spec, data, environment)
    }

    /// What determines a stage's bytes.
    private struct Identity<Content: Encodable>: Encodable {
        var kind: String
        var version: Int
        var seed: UInt64
        var environment: RunEnvironment
        var data: Key
        var inputs: [Key]
        var content: Content
    }

    private mutating func add(
        _ id: String, _ kind: Stage.Kind, _ split: DataSplit, inputs: [String], content: some Encodable, cost: Double,
        run: @escaping @Sendable (StageContext) throws -> Void, check: @escaping @Sendable () throws -> Void = {}
    ) throws {
        let keys = inputs.compactMap { input in stages.first { $0.id == input }?.key }
        precondition(keys.count == inputs.count, "stage \(id) reads a stage that does not come before it")
        let identity = Identity(
            kind: kind.rawValue, version: kind.version, seed: spec.seed, environment: environment, data: split.key,
            inputs: keys, content: content)
        stages.append(
            Stage(id: id, kind: kind, inputs: inputs, key: try Key(of: identity), cost: cost, run: run, check: check))
    }

    private static let evaluatorID = "evaluator"

    mutating func addEvaluator(_ evaluator: EvaluatorSpec) throws {
        guard let split = data["images"], split.classes > 1 else {
            throw SpecError("evaluator: expected images with at least two classes of labels")
        }
        guard split.population.count > 0 else {
            throw SpecError("images.population: the evaluator is trained on it; ask for more than 0")
        }
        let stage = EvaluatorStage(spec: evaluator, split: split, random: RandomStream(seed: spec.seed)["evaluator"])
        try add(
            Self.evaluatorID, .evaluator, split, inputs: [], content: evaluator,
            cost: evaluator.training.recipe(stage.architecture).work(split.population.count), run: stage.run)
    }

    /// What the training of a victim depends on, beside the data.
    private struct VictimIdentity: Encodable {
        var id: String
        var base: String
        var model: ModelSpec
        var training: TrainingSpec
        var memberRate: Double
        var privacy: PrivacySpec?
        var pate: PATESpec?
        var federated: FederatedSpec?
        var canaries: CanarySpec?
        var recipe: Recipe
        var split: VictimSpec.Split
        var repetition: Int
        var deduplicate: Int?
        var defence: String?
        var audit: AuditSpec.Training?
    }

    /// What a shadow depends on, beside the data.
    private struct ShadowIdentity: Encodable {
        var pool: String
        var index: Int
        var recipe: Recipe
        var signals: [Signal]
        var flips: ShadowSpec.Flips
        var smoothing: Double?
        /// Its canaries are no candidates.
        var audit: AuditSpec.Canaries?
    }

    private struct AttackIdentity: Encodable {
        var attack: AttackSpec
        var memberRate: Double
        var canaries: CanarySpec?
        var shadows: ShadowSpec?
        var recipe: Recipe
        var id: String
        /// The confidence of the audits of victims that promise an ε; absent for the others, whose keys stay.
        var audits: Double?
    }

    mutating func addVictim(_ victim: ResolvedVictim) throws {
        let (spec, split) = (victim.spec, victim.split)
        let identity = VictimIdentity(
            id: spec.id, base: spec.base, model: spec.model, training: spec.training, memberRate: spec.memberRate,
            privacy: spec.privacy, pate: spec.pate, federated: spec.federated, canaries: spec.canaries,
            recipe: victim.recipe, split: spec.split, repetition: spec.repetition, deduplicate: spec.deduplicate,
            defence: spec.defence, audit: spec.audit?.training)
        let id = "victim/\(spec.id)"
        try add(
            id, .victim, split, inputs: [], content: identity, cost: victim.work,
            run: VictimStage(victim: victim).run)
        let evaluator = self.spec.evaluator != nil && spec.data == .images ? [Self.evaluatorID] : []
        try add(
            "measure/\(spec.id)", .measure, split, inputs: [id] + evaluator, content: identity, cost: 5,
            run: MeasureStage(victim: victim, victimStage: id, evaluatorStage: evaluator.first).run)
        let shadows = try addShadows(victim)
        if let signal = Signal.all(of: spec.model.family.rawValue).last, !shadows.isEmpty {
            try add(
                "pool/\(spec.id)", .pool, split, inputs: shadows, content: identity, cost: 2,
                run: PoolStage(victim: victim, shadowStages: shadows, signal: signal).run)
        }
        if let audit = spec.audit { try addAudit(audit, victim, id) }
        if spec.data == .text, !spec.isControl {
            try add(
                "blind/\(spec.id)", .blind, split, inputs: [], content: identity, cost: 5,
                run: BlindStage(victim: victim).run)
        }
        for attack in spec.attacks {
            let usesShadows = attack.needsShadows
            let content = AttackIdentity(
                attack: attack, memberRate: spec.memberRate, canaries: spec.canaries,
                shadows: usesShadows ? spec.shadows : nil, recipe: victim.recipe, id: spec.id,
                audits: spec.privacy == nil ? nil : AttackStage.auditConfidence)
            let stage = AttackStage(
                attack: attack, settings: try attack.gameSettings(), victim: victim, victimStage: id,
                evaluatorStage: evaluator.first,
                shadowStages: usesShadows ? shadows : [])
            try stage.checkTraining()
            try add(
                "attack/\(spec.id)/\(attack.id)", .attack, split,
                inputs: [id] + evaluator + (usesShadows ? shadows : []), content: content, cost: stage.cost,
                run: stage.run, check: stage.checkGateway)
        }
    }

    /// What an audit depends on, beside the data and its inputs.
    private struct AuditIdentity: Encodable {
        var victim: String
        var base: String
        var audit: AuditSpec
        var rung: AuditSpec.Rung
        var recipe: Recipe
        var repetition: Int
    }

    /// Another training of a victim with other coins.
    private struct RetrainingIdentity: Encodable {
        var purpose: String
        var of: Key
    }

    private mutating func addAudit(_ audit: AuditSpec, _ victim: ResolvedVictim, _ victimStage: String) throws {
        let pilot = try victim.pilot().map { try addRetraining($0, "pilot/\(victim.spec.id)", of: victimStage) }
        let references = try victim.references().enumerated().map { index, reference in
            try addRetraining(reference, "reference/\(victim.spec.id)/\(index)", of: victimStage)
        }
        for rung in audit.rungs {
            let stage = AuditStage(
                audit: audit, rung: rung, target: AuditTarget(victim: victim, stage: victimStage), pilot: pilot,
                references: rung.hasReferences ? references : [])
            let content = AuditIdentity(
                victim: victim.spec.id, base: victim.spec.base, audit: audit, rung: rung, recipe: victim.recipe,
                repetition: victim.spec.repetition)
            try add(
                "\(AuditStage.id(rung))/\(victim.spec.id)", .audit, victim.split,
                inputs: stage.inputs, content: content, cost: stage.cost, run: stage.run)
        }
    }

    private mutating func addRetraining(
        _ victim: ResolvedVictim, _ id: String, of victimStage: String
    ) throws -> AuditTarget {
        guard let key = stages.first(where: { $0.id == victimStage })?.key else {
            preconditionFailure("stage \(id) trains a victim again that does not come before it")
        }
        let purpose = id.split(separator: "/").filter { $0 != victim.spec.id }.joined(separator: "/")
        try add(
            id, .victim, victim.split, inputs: [], content: RetrainingIdentity(purpose: purpose, of: key),
            cost: victim.recipe.work(victim.training.count), run: VictimStage(victim: victim).run)
        return AuditTarget(victim: victim, stage: id)
    }

    private mutating func addShadows(_ victim: ResolvedVictim) throws -> [String] {
        guard let shadows = victim.spec.shadows else { return [] }
        if let owner = shadows.owner { return (0..<shadows.count).map { "shadow/\(owner)/\($0)" } }
        let signals = Signal.all(of: victim.spec.model.family.rawValue)
        let training = shadows.training ?? victim.spec.training
        var recipe = training.recipe(victim.split.architecture(shadows.model ?? victim.spec.model))
        try shadows.checkPrivacy(of: victim.spec)
        let privacy = shadows.privacy == .same ? victim.spec.privacy : nil
        if privacy != nil { recipe.takePrivacy(of: victim.recipe) }
        return try (0..<shadows.count).map { index in
            let id = "shadow/\(victim.spec.id)/\(index)"
            let stage = ShadowStage(
                recipe: recipe, training: training, split: victim.split, signals: signals, index: index,
                flips: shadows.flips, privacy: privacy, pool: RandomStream(seed: spec.seed)["shadow"][victim.spec.id])
            try add(
                id, .shadow, victim.split, inputs: [],
                content: ShadowIdentity(
                    pool: victim.spec.id, index: index, recipe: recipe, signals: signals, flips: shadows.flips,
                    smoothing: training.smoothing, audit: victim.spec.audit?.canaries),
                cost: recipe.work(victim.split.candidates.count / 2), run: stage.run)
            return id
        }
    }
}

extension Recipe {
    /// Roughly the multiply-adds of the training on `count` records, in 10⁹.
    func work(_ count: Int) -> Double {
        let overhead = privacy == nil && clippingWithoutPrivacy == nil ? 3.0 : 4.5
        return Double(architecture.multiplyAdds) * Double(steps(count) * batchSize) * overhead / 1e9 + 1
    }
}
