import Accounting

/// An accountant's answer, with everything that it assumes.
struct EpsilonAnswer: Encodable {
    /// What the number rests on.
    struct Assumptions: Encodable {
        var neighbouringRelation = "add or remove one record"
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
    let upper: Double?
    let delta: Double
    let accountant: AccountantName
    let kind: String
    let order: Double?
    let assumptions: Assumptions

    /// Asks an accountant.
    init(
        _ accountant: AccountantName, sigma: Double, rate: Double, steps: Int, delta: Double,
        conversion: RenyiAccountant.Conversion
    ) throws {
        try accountant.check()
        let event = PrivacyEvent.dpSGD(rate: rate, noiseMultiplier: sigma, steps: steps)
        lower = try exactEpsilon(of: event, delta: delta)
        (self.delta, self.accountant) = (delta, accountant)
        assumptions = Assumptions(
            sigma: sigma, rate: rate, steps: steps, conversion: accountant == .rdp ? conversion.rawValue : nil)
        if accountant == .rdp {
            let bound = try RenyiAccountant(event).epsilon(delta: delta, conversion: conversion)
            (epsilon, upper, order) = (bound.epsilon, bound.epsilon, bound.order)
            kind = "upper bound"
        } else if rate == 1 {
            epsilon = try GaussianDP(noiseMultiplier: sigma, steps: steps).epsilon(delta: delta)
            (upper, order) = (epsilon, nil)
            kind = "exact"
        } else {
            epsilon = try GaussianDP.centralLimitApproximation(rate: rate, noiseMultiplier: sigma, steps: steps)
                .epsilon(delta: delta)
            (upper, order) = (nil, nil)
            kind = "approximation, not a bound"
        }
    }

    private enum CodingKeys: CodingKey {
        case epsilon
        case lower
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
            ["epsilon", "\(epsilon) (\(kind))"], ["lower", lower.map { "\($0) (exact)" } ?? "no closed form"],
            ["upper", upper.map { "\($0)" } ?? "none: \(accountant.rawValue) proves no bound here"],
            ["delta", "\(delta)"], ["accountant", accountant.rawValue], ["order", order.map { "\($0)" } ?? "–"],
            ["neighbours", assumptions.neighbouringRelation], ["privacy unit", assumptions.privacyUnit],
            ["sampler", assumptions.sampler], ["noise", assumptions.noise], ["sigma", "\(assumptions.sigma)"],
            ["rate", "\(assumptions.rate)"], ["steps", "\(assumptions.steps)"],
            ["conversion", assumptions.conversion ?? "–"],
        ]
    }
}
