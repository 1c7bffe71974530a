import RealModule

/// The accountants whose epsilon is a guarantee.
public enum PrivacyAccountant: String, Codable, Sendable, CaseIterable {
    /// ``RenyiAccountant``.
    case rdp
    /// ``PrivacyLossAccountant``, tighter.
    case pld

    /// Returns the guaranteed ε of an event.
    ///
    /// - Parameters:
    ///   - event: What happened.
    ///   - delta: The δ, in (0, 1).
    ///   - relation: Which data sets are neighbours.
    ///   - conversion: How a Rényi divergence becomes an ε; the other accountant has none.
    ///   - tolerance: How far above the best possible ε the accountant `pld` may stay, as a share.
    /// - Returns: The upper bound, infinite when there is none.
    /// - Throws: ``AccountingError`` for an impossible event or delta, or a selection among trials with `pld`.
    public func epsilon(
        of event: PrivacyEvent, delta: Double, relation: NeighbouringRelation = .addOrRemove,
        conversion: RenyiAccountant.Conversion = .improved, tolerance: Double = PrivacyLossAccountant.defaultTolerance
    ) throws(AccountingError) -> Double {
        switch self {
        case .rdp:
            try RenyiAccountant(event, relation: relation).epsilon(delta: delta, conversion: conversion).epsilon
        case .pld:
            try PrivacyLossAccountant(event, relation: relation).epsilon(delta: delta, tolerance: tolerance).upper
        }
    }
}

/// An epsilon that a DP-SGD training must stay within, from which its noise, its length or its sampling rate follows.
///
/// - Complexity: some ten accountings per question, so milliseconds to a third of a second with the accountant `pld`.
public struct PrivacyTarget: Codable, Sendable, Equatable {
    /// The epsilon to stay within, not negative.
    public var epsilon: Double
    /// The delta, in (0, 1).
    public var delta: Double
    /// Who decides.
    public var accountant: PrivacyAccountant
    /// Which data sets are neighbours.
    public var relation: NeighbouringRelation
    /// How a Rényi divergence becomes an epsilon.
    public var conversion: RenyiAccountant.Conversion

    /// Creates a target.
    ///
    /// - Throws: ``AccountingError`` for a negative epsilon or a delta outside (0, 1).
    public init(
        epsilon: Double, delta: Double, accountant: PrivacyAccountant, relation: NeighbouringRelation = .addOrRemove,
        conversion: RenyiAccountant.Conversion = .improved
    ) throws(AccountingError) {
        try AccountingError.checkEpsilon(epsilon)
        try AccountingError.checkDelta(delta)
        (self.epsilon, self.delta, self.accountant) = (epsilon, delta, accountant)
        (self.relation, self.conversion) = (relation, conversion)
    }

    /// Returns the smallest noise multiplier that stays within the target, rounded up.
    ///
    /// The result always satisfies the target. It is at most 0.0001 too large for the accountant `rdp` under add-or-remove,
    /// and otherwise a share of about 0.001.
    ///
    /// - Throws: ``AccountingError`` for impossible parameters, and ``AccountingError/unreachable(epsilon:smallest:)`` when
    ///   no noise suffices.
    public func noiseMultiplier(rate: Double, steps: Int) throws(AccountingError) -> Double {
        if accountant == .rdp, relation == .addOrRemove {
            return try Accounting.noiseMultiplier(
                epsilon: epsilon, delta: delta, rate: rate, steps: steps, conversion: conversion)
        }
        let smallest = 1e-3
        if try logExcess(rate, smallest, steps) <= 0 { return smallest }
        var search = BracketedRoot(failing: Double.log(smallest), passing: Double.log(1e9))
        guard try logExcess(rate, 1e9, steps) <= 0 else {
            throw .unreachable(epsilon: epsilon, smallest: try epsilonReached(rate, 1e9, steps))
        }
        // The central limit is close enough to start from.
        let perStep = limit / max(1e-12, rate * Double(steps).squareRoot())
        search.next = Double.log(max(2 * smallest, reach / Double.log(onePlus: perStep * perStep).squareRoot()))
        while search.width > 1e-4 {
            search.record(try logExcess(rate, Double.exp(search.next), steps))
        }
        return Double.exp(search.passing)
    }

    /// Returns the largest number of steps that stays within the target; 0 when one step is too many already.
    ///
    /// - Returns: The number; nil when there is no limit below 2⁵³ steps.
    /// - Throws: ``AccountingError`` for impossible parameters.
    public func steps(rate: Double, noiseMultiplier sigma: Double) throws(AccountingError) -> Int? {
        if try logExcess(rate, sigma, 1) > 0 { return 0 }
        var (within, beyond) = (1, 2)
        while try logExcess(rate, sigma, beyond) <= 0 {
            (within, beyond) = (beyond, 2 * beyond)
            guard beyond < 1 << 53 else { return nil }
        }
        var search = BracketedRoot(failing: Double.log(Double(beyond)), passing: Double.log(Double(within)))
        while beyond - within > 1 {
            let guess = Int(Double.exp(search.next).rounded())
            let middle = min(beyond - 1, max(within + 1, guess))
            search.next = Double.log(Double(middle))
            let value = try logExcess(rate, sigma, middle)
            search.record(value)
            if value <= 0 { within = middle } else { beyond = middle }
        }
        return within
    }

    /// Returns the largest sampling rate that stays within the target, rounded down to a share of about 0.001.
    ///
    /// - Returns: The rate, 1 when every rate does and 0 when only taking no record does.
    /// - Throws: ``AccountingError`` for impossible parameters.
    public func rate(noiseMultiplier sigma: Double, steps: Int) throws(AccountingError) -> Double {
        if try logExcess(1, sigma, steps) <= 0 { return 1 }
        let smallest = 1e-12
        guard try logExcess(smallest, sigma, steps) <= 0 else { return 0 }
        var search = BracketedRoot(failing: 0, passing: Double.log(smallest))
        let spread = Double.expMinusOne(min(600, reach * reach / sigma / sigma)).squareRoot()
        search.next = Double.log(min(0.99, max(2 * smallest, limit / (Double(steps).squareRoot() * spread))))
        while search.width > 1e-4 {
            search.record(try logExcess(Double.exp(search.next), sigma, steps))
        }
        return Double.exp(search.passing)
    }

    private func epsilonReached(_ rate: Double, _ sigma: Double, _ steps: Int) throws(AccountingError) -> Double {
        try accountant.epsilon(
            of: .dpSGD(rate: rate, noiseMultiplier: sigma, steps: steps), delta: delta, relation: relation,
            conversion: conversion, tolerance: PrivacyLossAccountant.defaultTolerance)
    }

    /// ln(ε/target), between −20 and 20; at most 0 exactly when the target is kept.
    private func logExcess(
        _ rate: Double, _ sigma: Double, _ steps: Int
    ) throws(AccountingError) -> Double {
        let reached = try epsilonReached(rate, sigma, steps)
        if reached <= epsilon { return max(-20, epsilon > 0 && reached > 0 ? Double.log(reached / epsilon) : -20) }
        return min(20, epsilon > 0 ? max(Double.log(reached / epsilon), 1e-15) : 20)
    }

    /// Another record moves a sum by this many sensitivities.
    private var reach: Double { relation == .replaceOne ? 2 : 1 }

    /// The μ of a Gaussian with about this target, from ε ≈ μ·√(2 ln(1/δ)) + μ²/2.
    private var limit: Double {
        let root = (-2 * Double.log(delta)).squareRoot()
        return (root * root + 2 * epsilon).squareRoot() - root
    }
}

/// A root between a place that fails and one that passes, by the Illinois variant of the regula falsi.
private struct BracketedRoot {
    private(set) var failing: Double
    private(set) var passing: Double
    private var (failingValue, passingValue) = (20.0, -20.0)
    private var lastPassed: Bool?
    /// Where to look next.
    var next: Double

    init(failing: Double, passing: Double) {
        (self.failing, self.passing) = (failing, passing)
        next = (failing + passing) / 2
    }

    var width: Double { abs(passing - failing) }

    /// Takes the value at ``next``, at most 0 for passing, and chooses the next place.
    mutating func record(_ value: Double) {
        let passed = value <= 0
        if passed {
            if lastPassed == true { failingValue /= 2 }
            (passing, passingValue) = (next, value)
        } else {
            if lastPassed == false { passingValue /= 2 }
            (failing, failingValue) = (next, value)
        }
        lastPassed = passed
        let share = passingValue / (passingValue - failingValue)
        let guess = passing + share * (failing - passing)
        // Always a little inside, so that the bracket shrinks from both sides.
        let margin = min(width / 4, max(2e-5, width * 0.01))
        let (low, high) = (min(passing, failing) + margin, max(passing, failing) - margin)
        next = guess.isFinite ? min(high, max(low, guess)) : (low + high) / 2
    }
}
