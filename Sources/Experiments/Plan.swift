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
    let recipe: Recipe
    let random: RandomStream

    init(_ spec: VictimSpec, _ split: DataSplit, _ root: RandomStream) throws {
        (self.spec, self.split) = (spec, split)
        let stream = root["victim"][spec.id]
        random = spec.repetition == 0 ? stream : stream["repetition"][spec.repetition]
        if spec.split == .date, split.years == nil {
            throw SpecError("text: '\(spec.id)' is split by date, but not every document's name begins with a year")
        }
        membership = split.membership(of: spec, root)
        let members = split.candidates.gather(membership.indices.filter { [membership] in membership[$0] })
        // A variant is planted with the same secrets as its original, so that they can be compared.
        canaries = try spec.canaries.map { try PlantedCanaries($0, split, root["canaries"][spec.base]) }
        training =
            canaries.map { Records(tokens: members.tokens + $0.windows.tokens, window: members.window) } ?? members
        guard training.count > 1, members.count < split.candidates.count else {
            throw SpecError(
                "victims: '\(spec.id)' has \(members.count) members of \(split.candidates.count); change memberRate")
        }
        var recipe = spec.training.recipe(split.architecture(spec.model))
        try spec.training.check("victims: the training of '\(spec.id)'", recipe.architecture)
        try spec.shadows?.training?.check("victims: the training of the shadows of '\(spec.id)'", recipe.architecture)
        if let privacy = spec.privacy, spec.training.isTraining {
            recipe.privacy = try ResolvedVictim.calibrated(privacy, recipe, training.count)
            recipe.gradientNorm = nil
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

    private static func calibrated(_ privacy: PrivacySpec, _ recipe: Recipe, _ count: Int) throws -> GradientPrivacy {
        let phases = recipe.architecture.network.phases.count(where: \.touchesData)
        let target = try PrivacyTarget(
            epsilon: privacy.epsilon, delta: privacy.delta, accountant: privacy.accountant ?? .rdp)
        let multiplier = try target.noiseMultiplier(
            rate: recipe.samplingRate(count), steps: recipe.steps(count) * phases)
        return GradientPrivacy(clippingNorm: privacy.clip, noiseMultiplier: multiplier)
    }

    /// The accountant's statement of what a training wrote into its ledger.
    func epsilonStatement(_ ledger: PrivacyLedger) throws -> EpsilonStatement? {
        guard let privacy = recipe.privacy, let delta = spec.privacy?.delta else { return nil }
        let steps = ledger.entries.reduce(0) { $0 + $1.count }
        let rate = recipe.samplingRate(training.count)
        let accountant = try RenyiAccountant(ledger.event)
        let bound = try accountant.epsilon(delta: delta)
        // Runs that name no accountant keep the bytes that they had before there were two.
        let bounds = try spec.privacy?.accountant.map { _ in
            try PrivacyLossAccountant(ledger.event).epsilon(delta: delta)
        }
        let tight = spec.privacy?.accountant == .pld ? bounds : nil
        var assumptions = [
            "neighbouring relation": NeighbouringRelation.addOrRemove.phrase,
            "privacy unit": split.finding.record,
            "sampler": "Poisson, realised",
            "noise multiplier": String(format: "%.4f", privacy.noiseMultiplier),
            "clipping norm": "\(privacy.clippingNorm)",
            "sampling rate": String(format: "%.6f", rate),
            "steps": "\(steps)" + (recipe.architecture.network.phases.count > 1 ? " of the discriminator" : ""),
            "accountant": tight != nil ? "privacy loss distribution" : "Rényi, order \(bound.order)",
            "conversion": tight != nil ? "none" : "improved (Canonne, Kamath and Steinke 2020)",
            "noise": "seeded Philox: reproducible, so not private against who knows the seed",
            "tuning": "not counted: hyperparameters were chosen on runs that are not accounted for",
            "number of records": "\(training.count), treated as public",
        ]
        if case .bytePairs? = split.tokeniser {
            assumptions["tokeniser"] = "byte pairs of the whole text, treated as public: epsilon does not cover them"
        }
        if delta >= 1 / Double(training.count) { assumptions["delta"] = "not below 1/N: the guarantee is weak" }
        if let canaries {
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
