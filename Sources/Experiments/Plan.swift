import Accounting
import Attacks
import Auditing
public import Datasets
import Foundation
import Mechanisms
import Models
public import Store
import Tensors
import ThreatModel
import Training

/// A spec with its data loaded and its stages laid out.
public struct Plan: Sendable {
    /// The spec.
    public let spec: Spec
    /// The stages, each after those that it reads.
    public let stages: [Stage]
    let data: [String: DataSplit]
    let victims: [ResolvedVictim]
    let environment: RunEnvironment
    /// SHA-256 of the resolved spec.
    public let specKey: Key

    init(_ plan: Plan, stages: [Stage]) {
        (spec, data, victims, environment, specKey) =
            (plan.spec, plan.data, plan.victims, plan.environment, plan.specKey)
        self.stages = stages
    }

    /// Loads the data, resolves the victims and lays out the stages.
    ///
    /// - Throws: ``SpecError`` or ``DatasetError`` of one line.
    public init(_ spec: Spec, registry: DatasetRegistry, environment: RunEnvironment = .current) throws {
        self.spec = spec
        self.environment = environment
        specKey = try Key(of: spec)
        var data: [String: DataSplit] = [:]
        if let images = spec.images { data["images"] = try DataSplit(images, seed: spec.seed, registry: registry) }
        if let text = spec.text { data["text"] = try DataSplit(text, seed: spec.seed, registry: registry) }
        if let table = spec.table { data["table"] = try DataSplit(table, seed: spec.seed, registry: registry) }
        self.data = data
        let root = RandomStream(seed: spec.seed)
        victims = try spec.victims.map { victim in
            let kind = victim.data.rawValue
            guard let split = data[kind] else { throw SpecError("\(kind): required by victim '\(victim.id)'") }
            for attack in victim.attacks { try attack.check(victim, population: split.population.count, kind) }
            for model in [victim.model, victim.shadows?.model].compactMap({ $0 }) + victim.attacks.compactMap(\.model) {
                try model.check(
                    "victims: the model of '\(victim.id)'", width: split.size.width, height: split.size.height,
                    classes: split.classes)
            }
            let resolved = try ResolvedVictim(victim, split, root)
            for attack in victim.attacks { _ = try resolved.asked(attack.asked) }
            try resolved.checkPATE()
            try resolved.checkFederated()
            return resolved
        }
        var builder = StageBuilder(spec: spec, data: data, environment: environment)
        if let evaluator = spec.evaluator { try builder.addEvaluator(evaluator) }
        for victim in victims { try builder.addVictim(victim) }
        stages = builder.stages
    }
}

/// A victim with its records, its membership and its recipe.
struct ResolvedVictim: Sendable {
    let spec: VictimSpec
    let split: DataSplit
    /// Which candidates it was trained on: the secret of every game.
    let membership: [Bool]
    /// What it was trained on: the members, and planted windows.
    let training: Records
    let canaries: PlantedCanaries?
    /// How many training records deduplication left out.
    let left: Int
    /// The canaries of its audit.
    let audited: AuditedRecords?
    let recipe: Recipe
    let random: RandomStream
    /// The stream of the victim whose initial parameters these are.
    let beginning: RandomStream

    init(_ spec: VictimSpec, _ whole: DataSplit, _ root: RandomStream) throws {
        self.spec = spec
        let stream = root["victim"][spec.id]
        let random = spec.repetition == 0 ? stream : stream["repetition"][spec.repetition]
        (self.random, beginning) = (random, random)
        if spec.split == .date, whole.years == nil {
            throw SpecError("text: '\(spec.id)' is split by date, but not every document's name begins with a year")
        }
        let audited = try spec.audit.map { try AuditedRecords($0, whole, root, coins: random["audit"]["coins"]) }
        self.audited = audited
        // Who is a member is drawn first, so that a record is on the same side whatever is left out. What canaries are made
        // of belongs to nobody else; what repeats another is left out on both sides, which so keep one distribution.
        let drawn = whole.membership(of: spec, root)
        let kept = audited?.kept ?? spec.deduplicate.map { Deduplication(whole.candidates.texts, span: $0).kept }
        let split =
            try kept.map { try whole.limited(to: $0, because: spec.deduplicate.map { "deduplicate \($0)" }) } ?? whole
        let membership = kept.map { $0.map { drawn[$0] } } ?? drawn
        (self.split, self.membership) = (split, membership)
        var recipe = spec.training.recipe(split.architecture(spec.model))
        try spec.training.check("victims: the training of '\(spec.id)'", recipe.architecture)
        try spec.shadows?.training?.check("victims: the training of the shadows of '\(spec.id)'", recipe.architecture)
        let members = split.candidates.gather(membership.indices.filter { membership[$0] })
        // A variant is planted with the same secrets as its original, so that they can be compared.
        canaries = try spec.canaries.map { try PlantedCanaries($0, split, root["canaries"][spec.base]) }
        var records =
            canaries.map { Records(tokens: members.tokens + $0.windows.tokens, window: members.window) } ?? members
        if let privacy = spec.privacy {
            records = privacy.withUnits(
                records, try split.units(of: membership.indices.filter { membership[$0] }, privacy, spec.id),
                planted: canaries?.insertions ?? [])
        }
        // Members come first and repeat nothing any more, so that only planted windows are left out here.
        if let span = spec.deduplicate { records = records.gather(Deduplication(records.texts, span: span).kept) }
        left = drawn.count(where: \.self) + (canaries?.windows.count ?? 0) - records.count
        training = spec.training.smoothed(audited?.training(records) ?? records, classes: split.classes)
        guard training.count > 1, members.count < split.candidates.count else {
            throw SpecError(
                "victims: '\(spec.id)' has \(members.count) members of \(split.candidates.count); change memberRate")
        }
        if let privacy = spec.privacy, spec.training.isTraining {
            try privacy.apply(to: &recipe, count: training.unitCount, "victims: the privacy of '\(spec.id)'")
        }
        self.recipe = recipe
    }

    /// Some candidates, half of them members, in their order; all when no number is given.
    ///
    /// - Throws: ``SpecError`` when there are not enough on a side.
    func asked(_ count: Int?) throws -> [Int] {
        guard let count else { return Array(membership.indices) }
        let members = membership.indices.filter { membership[$0] }.prefix(count / 2)
        let others = membership.indices.filter { !membership[$0] }.prefix(count - count / 2)
        guard members.count + others.count == count else {
            throw SpecError(
                "victims: '\(spec.id)': asked: expected at most \(2 * min(members.count, others.count)), found \(count)"
            )
        }
        return (members + others).sorted()
    }

    /// The accountant's statement of what a training wrote into its ledger.
    func epsilonStatement(_ ledger: PrivacyLedger) throws -> EpsilonStatement? {
        guard let privacy = recipe.privacy, let delta = spec.privacy?.delta else { return nil }
        if recipe.isTreeAggregated { return try treeStatement(ledger, delta: delta) }
        let steps = ledger.entries.reduce(0) { $0 + $1.count }
        let rate = recipe.samplingRate(training.unitCount)
        let accountant = try RenyiAccountant(ledger.event)
        let bound = try accountant.epsilon(delta: delta)
        // Runs that name no accountant keep the bytes that they had before there were two.
        let bounds = try spec.privacy?.accountant.map { _ in
            try PrivacyLossAccountant(ledger.event).epsilon(delta: delta)
        }
        let tight = spec.privacy?.accountant == .pld ? bounds : nil
        var assumptions = [
            "neighbouring relation": relationText,
            "privacy unit": unitText,
            "sampler": "Poisson, realised",
            "noise multiplier": String(format: "%.4f", privacy.noiseMultiplier),
            "clipping norm": privacy.clippingText,
            "sampling rate": String(format: "%.6f", rate),
            "steps": "\(steps)" + (recipe.architecture.network.phases.count > 1 ? " of the discriminator" : ""),
            "accountant": tight != nil ? "privacy loss distribution" : "Rényi, order \(bound.order)",
            "conversion": tight != nil ? "none" : "improved (Canonne, Kamath and Steinke 2020)",
            "noise": privacy.noiseText,
            "tuning": uncountedTuning,
            "number of records": countText,
        ]
        if case .bytePairs? = split.tokeniser {
            assumptions["tokeniser"] = "byte pairs of the whole text, treated as public: epsilon does not cover them"
        }
        if delta >= 1 / Double(training.unitCount) { assumptions["delta"] = "not below 1/N: the guarantee is weak" }
        if let canaries, training.units == nil {
            for size in Set(canaries.insertions).sorted() where size > 1 {
                let group = try accountant.groupEpsilon(size: size, delta: delta)
                assumptions["group of \(size) insertions"] = String(format: "ε ≤ %.4g at the same δ", group)
            }
        }
        return EpsilonStatement(
            epsilon: tight?.upper ?? bound.epsilon, delta: delta, assumptions: assumptions,
            lower: bounds?.lower, estimate: bounds?.estimate)
    }
}

extension DataSplit {
    /// The architecture of a model on these records.
    func architecture(_ model: ModelSpec) -> Architecture {
        model.architecture(
            inputs: candidates.features?.columns ?? 0, size: size, classes: classes, vocabulary: tokeniser?.count ?? 0,
            window: candidates.window)
    }
}
