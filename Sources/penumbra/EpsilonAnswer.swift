import Accounting

/// An accountant's answer, with everything that it assumes.
struct EpsilonAnswer: Encodable {
    /// What the number rests on.
    struct Assumptions: Encodable {
        var neighbouringRelation: String
        var privacyUnit = "one training record"
        var sampler = "Poisson"
        var noise =
            "Gaussian, standard deviation sigma times the clipping norm; not reused and not known to the adversary"
        var sigma: Double
        var rate: Double
        var steps: Int
        var conversion: String?
    }

    let epsilon: Double
    let lower: Double?
    let estimate: Double?
    let upper: Double?
    let delta: Double
    let accountant: AccountantName
    let kind: String
    let order: Double?
    let assumptions: Assumptions

    /// Asks an accountant.
    init(
        _ accountant: AccountantName, sigma: Double, rate: Double, steps: Int, delta: Double,
        conversion: RenyiAccountant.Conversion, relation: NeighbouringRelation
    ) throws {
        let event = PrivacyEvent.dpSGD(rate: rate, noiseMultiplier: sigma, steps: steps)
        let exact = try exactEpsilon(of: event, delta: delta, relation: relation)
        (self.delta, self.accountant) = (delta, accountant)
        assumptions = Assumptions(
            neighbouringRelation: relation.phrase, sigma: sigma, rate: rate, steps: steps,
            conversion: accountant == .rdp ? conversion.rawValue : nil)
        switch accountant {
        case .rdp:
            let bound = try RenyiAccountant(event, relation: relation).epsilon(delta: delta, conversion: conversion)
            (epsilon, lower, estimate, upper, order) = (bound.epsilon, exact, nil, bound.epsilon, bound.order)
            kind = "upper bound"
        case .pld:
            let bounds = try PrivacyLossAccountant(event, relation: relation).epsilon(delta: delta)
            (epsilon, lower, estimate, upper) = (bounds.upper, bounds.lower, bounds.estimate, bounds.upper)
            order = nil
            kind = "upper bound"
        case .gdp where rate == 1:
            let reach = relation == .replaceOne ? 2.0 : 1
            epsilon = try GaussianDP(noiseMultiplier: sigma / reach, steps: steps).epsilon(delta: delta)
            (lower, estimate, upper, order) = (exact, nil, epsilon, nil)
            kind = "exact"
        case .gdp:
            guard relation == .addOrRemove else {
                throw Failure(
                    .badInput,
                    "expected --relation add-or-remove, found \(relation.rawValue): gdp has no limit for it "
                        + "under sampling; use rdp or pld")
            }
            epsilon = try GaussianDP.centralLimitApproximation(rate: rate, noiseMultiplier: sigma, steps: steps)
                .epsilon(delta: delta)
            (lower, estimate, upper, order) = (exact, nil, nil, nil)
            kind = "approximation, not a bound"
        }
    }

    private enum CodingKeys: CodingKey {
        case epsilon
        case lower
        case estimate
        case upper
        case delta
        case accountant
        case kind
        case order
        case assumptions
    }

    /// Writes what is not known as null.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(epsilon, forKey: .epsilon)
        try container.encode(lower, forKey: .lower)
        try container.encode(estimate, forKey: .estimate)
        try container.encode(upper, forKey: .upper)
        try container.encode(delta, forKey: .delta)
        try container.encode(accountant, forKey: .accountant)
        try container.encode(kind, forKey: .kind)
        try container.encode(order, forKey: .order)
        try container.encode(assumptions, forKey: .assumptions)
    }

    /// The rows of a table for people.
    var table: [[String]] {
        [
            ["epsilon", "\(epsilon) (\(kind))"],
            ["lower", lower.map { accountant == .pld ? "\($0)" : "\($0) (exact)" } ?? "no closed form"],
            ["estimate", estimate.map { "\($0)" } ?? "–"],
            ["upper", upper.map { "\($0)" } ?? "none: \(accountant.rawValue) proves no bound here"],
            ["delta", "\(delta)"], ["accountant", accountant.rawValue], ["order", order.map { "\($0)" } ?? "–"],
            ["neighbours", assumptions.neighbouringRelation], ["privacy unit", assumptions.privacyUnit],
            ["sampler", assumptions.sampler], ["noise", assumptions.noise], ["sigma", "\(assumptions.sigma)"],
            ["rate", "\(assumptions.rate)"], ["steps", "\(assumptions.steps)"],
            ["conversion", assumptions.conversion ?? "–"],
        ]
    }
}
