import Accounting
import ArgumentParser

/// Questions to the privacy accountants.
struct Account: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Accounts for the privacy of DP-SGD: Poisson sampling, Gaussian noise, add or remove one record.",
        subcommands: [Epsilon.self, Sigma.self, Steps.self, Compare.self, Curve.self])
}

extension Account {
    /// Noise and duration → epsilon.
    struct Epsilon: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Epsilon of a training.")
        @Option(help: "rdp: an upper bound; gdp: an approximation, exact at rate 1.") var accountant = AccountantName
            .rdp
        @Option(parsing: .unconditional, help: "Noise multiplier: standard deviation / clipping norm.") var sigma:
            Double
        @OptionGroup var mechanism: Mechanism
        @Option(parsing: .unconditional, help: "Optimiser steps.") var steps: Int
        @Option(help: "From Renyi divergence to epsilon.") var conversion = RenyiAccountant.Conversion.improved
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let answer = try EpsilonAnswer(
                accountant, sigma: sigma, rate: mechanism.rate, steps: steps, delta: mechanism.delta,
                conversion: conversion)
            try mechanism.checkDelta()
            if json { try Output.json(answer) } else { try Output.table(answer.table) }
        }
    }

    /// Epsilon and duration → noise.
    struct Sigma: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Smallest noise multiplier that keeps a training within an epsilon, by the accountant rdp.")
        @Option(parsing: .unconditional, help: "The epsilon to stay within.") var epsilon: Double
        @OptionGroup var mechanism: Mechanism
        @Option(parsing: .unconditional, help: "Optimiser steps.") var steps: Int
        @Option(help: "From Renyi divergence to epsilon.") var conversion = RenyiAccountant.Conversion.improved
        @Flag(help: "Print JSON.") var json = false

        private struct Answer: Encodable {
            var sigma: Double
            var target: Double
            var achieved: EpsilonAnswer
        }

        func run() throws {
            let sigma = try noiseMultiplier(
                epsilon: epsilon, delta: mechanism.delta, rate: mechanism.rate, steps: steps, conversion: conversion)
            let achieved = try EpsilonAnswer(
                .rdp, sigma: sigma, rate: mechanism.rate, steps: steps, delta: mechanism.delta, conversion: conversion)
            try mechanism.checkDelta()
            guard !json else { return try Output.json(Answer(sigma: sigma, target: epsilon, achieved: achieved)) }
            try Output.table([["sigma", "\(sigma)"], ["target", "\(epsilon)"]] + achieved.table)
        }
    }

    /// Epsilon and noise → duration.
    struct Steps: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Largest number of steps within an epsilon, by the accountant rdp.")
        @Option(parsing: .unconditional, help: "The epsilon to stay within.") var epsilon: Double
        @Option(parsing: .unconditional, help: "Noise multiplier: standard deviation / clipping norm.") var sigma:
            Double
        @OptionGroup var mechanism: Mechanism
        @Option(help: "From Renyi divergence to epsilon.") var conversion = RenyiAccountant.Conversion.improved
        @Flag(help: "Print JSON.") var json = false

        private struct Answer: Encodable {
            var steps: Int
            var target: Double
            var achieved: EpsilonAnswer
        }

        func run() throws {
            let budget = StepBudget(
                sigma: sigma, rate: mechanism.rate, delta: mechanism.delta, conversion: conversion)
            let steps = try budget.steps(within: epsilon)
            let achieved = try EpsilonAnswer(
                .rdp, sigma: sigma, rate: mechanism.rate, steps: steps, delta: mechanism.delta, conversion: conversion)
            try mechanism.checkDelta()
            if steps == 0 {
                try Output.log("warning: one step alone exceeds epsilon \(epsilon); raise sigma or lower the rate")
            }
            guard !json else { return try Output.json(Answer(steps: steps, target: epsilon, achieved: achieved)) }
            try Output.table([["largest", "\(steps) steps"], ["target", "\(epsilon)"]] + achieved.table)
        }
    }
}
