import Accounting
import Auditing
import Foundation
import Mechanisms
import Models
import Training

extension ResolvedVictim {
    /// A defence that is no DP-SGD, in words; `nil` for DP-SGD and for none.
    var otherDefence: String? {
        if let pate = spec.pate {
            return "PATE, \(pate.teachers) teachers, at most \(pate.answers ?? pate.queries) answers"
        }
        if let federated = spec.federated {
            return "DP-FedAvg, \(federated.users) users, ε ≤ \(federated.epsilon) at δ = \(federated.delta)"
        }
        guard recipe.isTreeAggregated, let privacy = spec.privacy else { return nil }
        return "DP-FTRL, ε ≤ \(privacy.epsilon ?? 0) at δ = \(privacy.delta ?? 0)"
    }

    /// Roughly the multiply-adds of the victim's training, in 10⁹.
    var work: Double {
        if let pate = spec.pate {
            let teacher = pate.teacherTraining.recipe(recipe.architecture)
            return Double(pate.teachers) * teacher.work(training.count / pate.teachers)
                + recipe.work(pate.answers ?? pate.queries)
        }
        guard let federated = spec.federated else { return recipe.work(training.count) }
        return Double(federated.rounds) * federated.rate * recipe.work(training.count)
    }

    /// What a report says of noise from a seed.
    var seededNoise: String { GradientPrivacy.seededText }

    /// What a report says of tuning.
    var uncountedTuning: String {
        "not counted: hyperparameters were chosen on runs that are not accounted for"
    }

    /// An epsilon and the accountant that gave it: the exact one of Gaussians on the whole data set, Rényi otherwise.
    func statedBound(_ event: PrivacyEvent, delta: Double) throws -> (epsilon: Double, accountant: String) {
        if let exact = try exactEpsilon(of: event, delta: delta) {
            return (exact, "exact, the analytic Gaussian (Balle and Wang 2018)")
        }
        let bound = try RenyiAccountant(event).epsilon(delta: delta)
        return (
            bound.epsilon, "Rényi, order \(bound.order), improved conversion (Canonne, Kamath and Steinke 2020)"
        )
    }

    /// The statement of a training by tree aggregation.
    func treeStatement(_ ledger: PrivacyLedger, delta: Double) throws -> EpsilonStatement? {
        guard let privacy = recipe.privacy else { return nil }
        let bound = try statedBound(ledger.event, delta: delta)
        let trees = ledger.entries.reduce(0) { $0 + $1.count }
        var assumptions = [
            "mechanism": "DP-FTRL, tree aggregation (Kairouz et al. 2021)",
            "neighbouring relation": "zero out one record: it contributes nothing, all others keep their steps",
            "privacy unit": split.finding.record,
            "sampler": "none: every record once an epoch, in an order that may be known",
            "noise multiplier": String(format: "%.4f per node", privacy.noiseMultiplier),
            "clipping norm": "\(privacy.clippingNorm)",
            "steps": "\(recipe.steps(training.count)) in \(trees) trees of \(recipe.stepsPerEpoch(training.count))",
            "accountant": bound.accountant,
            "noise": seededNoise,
            "tuning": uncountedTuning,
            "number of records": "\(training.count), treated as public",
        ]
        if delta >= 1 / Double(training.count) { assumptions["delta"] = "not below 1/N: the guarantee is weak" }
        return EpsilonStatement(epsilon: bound.epsilon, delta: delta, assumptions: assumptions)
    }
}

extension PrivacySpec {
    /// The settings of DP-FTRL for a training on `count` records.
    func treePrivacy(_ recipe: Recipe, _ count: Int) throws -> GradientPrivacy {
        var (noisy, privacy) = (recipe, GradientPrivacy(clippingNorm: clip, noiseMultiplier: 1))
        privacy.mechanism = .ftrl
        noisy.privacy = privacy
        guard let epsilon, let delta else { preconditionFailure("trees without a budget: \(self)") }
        privacy.noiseMultiplier = try Self.treeMultiplier(noisy, count, epsilon: epsilon, delta: delta)
        return privacy
    }

    /// The noise of a tree's nodes with which a training stays within the stated epsilon, rounded up to four decimals.
    ///
    /// Gaussian mechanisms on the whole data set compose exactly, so the exact epsilon is what is inverted.
    private static func treeMultiplier(
        _ recipe: Recipe, _ count: Int, epsilon: Double, delta: Double
    ) throws -> Double {
        func isPrivate(_ multiplier: Double) throws -> Bool {
            var noisy = recipe
            noisy.privacy?.noiseMultiplier = multiplier
            return try exactEpsilon(of: noisy.treeEvent(count), delta: delta) ?? .infinity <= epsilon
        }
        var (lower, upper) = (0.0, 1.0)
        while try !isPrivate(upper) {
            (lower, upper) = (upper, 2 * upper)
            guard upper < 1e9 else { throw SpecError("privacy.epsilon: expected more than \(epsilon) at \(delta)") }
        }
        while upper - lower > 1e-4 {
            let middle = (lower + upper) / 2
            if try isPrivate(middle) { upper = middle } else { lower = middle }
        }
        return upper
    }
}

extension Recipe {
    /// The same training by plain descent at the same rates: what a user does in a round, and a step of DP-FTRL.
    var plainDescent: Recipe {
        var plain = self
        plain.optimiser = .sgd(rate: optimiser.rate)
        plain.optimisers = optimisers?.mapValues { .sgd(rate: $0.rate) }
        return plain
    }
}
