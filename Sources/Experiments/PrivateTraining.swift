import Accounting
import Auditing
import Foundation
import Mechanisms
import Models
import Training

/// How the privacy of a spec becomes that of a recipe and of its records.
extension PrivacySpec {
    /// Makes a training on `count` units private, or clipped without noise, with the noise that the budget needs.
    ///
    /// - Throws: ``SpecError`` or ``AccountingError`` when no noise keeps the budget.
    func apply(to recipe: inout Recipe, count: Int, _ place: String) throws {
        recipe.gradientNorm = nil
        (recipe.unitCap, recipe.memoryBudget) = (unitCap, memory.map { $0 << 20 })
        if isWithoutNoise {
            recipe.clippingWithoutPrivacy = try clipping(batch: recipe.batchSize, noiseMultiplier: 0, place)
            return
        }
        if mechanism == .ftrl {
            recipe.privacy = try treePrivacy(recipe, count)
            recipe = recipe.plainDescent
            return
        }
        let multiplier = try noiseMultiplier ?? calibrated(recipe, count)
        recipe.privacy = GradientPrivacy(
            clipping: try clipping(batch: recipe.batchSize, noiseMultiplier: multiplier, place),
            noiseMultiplier: multiplier, noise: noise == .secure ? .secure : .seeded)
    }

    private func calibrated(_ recipe: Recipe, _ count: Int) throws -> Double {
        guard let epsilon, let delta else { preconditionFailure("a budget without \(self)") }
        let phases = recipe.architecture.network.phases.count(where: \.touchesData)
        return try PrivacyTarget(epsilon: epsilon, delta: delta, accountant: accountant ?? .rdp)
            .noiseMultiplier(rate: recipe.samplingRate(count), steps: recipe.steps(count) * phases)
    }

    /// Gives records the units that this privacy protects; each is a unit of its own unless larger ones are asked for.
    ///
    /// - Parameters:
    ///   - records: records without units.
    ///   - units: the unit of each of the first records.
    ///   - planted: how often each secret is planted among the rest, in order: all copies of one are one unit.
    /// - Returns: the same records.
    func withUnits(_ records: Records, _ units: [Int32], planted: [Int]) -> Records {
        guard group != nil else { return records }
        let first = (units.max() ?? -1) + 1
        let copies = planted.enumerated().flatMap { [Int32](repeating: first + Int32($0), count: $1) }
        var records = records
        records.units = units + copies
        return records
    }

    /// The defence in words.
    var defence: String {
        let kind = clipping.map { $0 == .flat ? "" : ", \($0.rawValue) clipping" } ?? ""
        let unit = group.map { ", per \($0.rawValue)" } ?? ""
        if isWithoutNoise { return "clipped, no noise: no guarantee" + kind + unit }
        let budget = epsilon.map { "ε ≤ \($0)" } ?? "noise multiplier \(noiseMultiplier ?? 0)"
        return "DP-SGD, \(budget) at δ = \(delta ?? 0)" + kind + unit + (noise == .secure ? ", secure noise" : "")
    }
}

/// What an epsilon assumes of clipping, noise and unit.
extension GradientPrivacy {
    /// The clipping in words.
    var clippingText: String {
        switch clipping {
        case .flat(let norm): "\(norm)"
        case .perLayer(let norm): "\(norm), split evenly over the layers"
        case .automatic(let stability): "automatic: g/(‖g‖ + \(stability)), sensitivity 1"
        case .adaptive(let settings):
            "adaptive from \(settings.norm) to quantile \(settings.quantile), step \(settings.rate); a count with noise "
                + "of deviation \(settings.countDeviation) is released each step, and the gradient's own multiplier is "
                + String(format: "%.4f", gradientMultiplier ?? 0)
        }
    }

    /// Noise from a seed in words.
    static let seededText = "seeded Philox: reproducible, so not private against who knows the seed"

    /// The noise source in words.
    var noiseText: String {
        switch noise {
        case .seeded: Self.seededText
        case .secure:
            "secure: libsodium's stream keyed by the operating system, sums of four draws, and the sampler's coins too; "
                + "the run cannot be reproduced"
        }
    }
}

extension ResolvedVictim {
    /// What is protected as a whole, in words.
    var unitText: String {
        guard let unit = spec.privacy?.group, let cap = recipe.unitCap else { return split.finding.record }
        return "a \(unit.rawValue): all its records in the training, at most \(cap) of them in a step, chosen at "
            + "random and clipped together"
    }

    /// The neighbouring relation in words.
    var relationText: String { "add or remove one \((spec.privacy?.group ?? .record).rawValue)" }

    /// The number of units in words.
    var countText: String {
        guard let unit = spec.privacy?.group else { return "\(training.count), treated as public" }
        return "\(training.count) in \(training.unitCount) \(unit.rawValue)s, treated as public"
    }
}

extension Recipe {
    /// Takes over another training's clipping, noise and cap; the rate and the steps stay this training's own.
    mutating func takePrivacy(of other: Recipe) {
        (privacy, clippingWithoutPrivacy) = (other.privacy, other.clippingWithoutPrivacy)
        (unitCap, memoryBudget) = (other.unitCap, other.memoryBudget)
        gradientNorm = nil
    }
}

extension ShadowSpec {
    /// Checks that there is a privacy to share.
    ///
    /// - Throws: ``SpecError`` when the victim has none, or a shadow's model can't have it.
    func checkPrivacy(of victim: VictimSpec) throws {
        guard privacy == .same else { return }
        guard victim.privacy != nil else {
            throw SpecError(
                "victims: '\(victim.id)': shadows.privacy: expected 'none', since the victim has no privacy, found 'same'"
            )
        }
        guard model?.convolutional?.normalisation != .batch else {
            throw SpecError(
                "victims: '\(victim.id)': the shadows are private, but batch norm mixes records; give their model "
                    + "'normalisation: group'")
        }
    }
}
