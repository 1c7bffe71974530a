import Accounting

/// How long a training may last within an epsilon.
struct StepBudget {
    let sigma: Double
    let rate: Double
    let delta: Double
    let conversion: RenyiAccountant.Conversion

    /// Returns the epsilon of a number of steps.
    func epsilon(of steps: Int) throws -> Double {
        let event = PrivacyEvent.dpSGD(rate: rate, noiseMultiplier: sigma, steps: steps)
        return try RenyiAccountant(event).epsilon(delta: delta, conversion: conversion).epsilon
    }

    /// Returns the largest number of steps that stays within `target`, 0 when one step is too many already.
    ///
    /// - Throws: `AccountingError` for impossible parameters, `Failure` when there is no limit below 2⁵³ steps.
    func steps(within target: Double) throws -> Int {
        guard target >= 0 else { throw AccountingError.epsilon(target) }
        var (within, beyond) = (0, 1)
        while try epsilon(of: beyond) <= target {
            (within, beyond) = (beyond, 2 * beyond)
            guard beyond < 1 << 53 else {
                throw Failure(
                    .badInput,
                    "expected a limit, found none below 2^53 steps for epsilon \(target); check rate and sigma")
            }
        }
        while beyond - within > 1 {
            let middle = within + (beyond - within) / 2
            if try epsilon(of: middle) <= target { within = middle } else { beyond = middle }
        }
        return within
    }
}
