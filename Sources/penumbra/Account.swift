import Accounting
import ArgumentParser

/// Questions to the privacy accountants.
struct Account: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Accounts for the privacy of DP-SGD: Poisson sampling and Gaussian noise.",
        subcommands: [Epsilon.self, Sigma.self, Steps.self, Rate.self, Compare.self, Curve.self])
}

extension Account {
    /// Noise and duration → epsilon.
    struct Epsilon: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Epsilon of a training.")
        @Option(help: AccountantName.help) var accountant = AccountantName.rdp
        @Option(parsing: .unconditional, help: "Noise multiplier: standard deviation / clipping norm.") var sigma:
            Double
        @OptionGroup var mechanism: Mechanism
        @Option(parsing: .unconditional, help: "Optimiser steps.") var steps: Int
        @Option(help: "From Renyi divergence to epsilon.") var conversion = RenyiAccountant.Conversion.improved
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let answer = try EpsilonAnswer(
                accountant, sigma: sigma, rate: mechanism.rate, steps: steps, delta: mechanism.delta,
                conversion: conversion, relation: mechanism.relation)
            try mechanism.checkDelta()
            if json { try Output.json(answer) } else { try Output.table(answer.table) }
        }
    }

    /// Epsilon and duration → noise.
    struct Sigma: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Smallest noise multiplier that keeps a training within an epsilon.")
        @Option(help: "The accountant that decides, rdp or pld.") var accountant = AccountantName.rdp
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
            let target = try mechanism.target(epsilon, accountant, conversion)
            let sigma = try target.noiseMultiplier(rate: mechanism.rate, steps: steps)
            let achieved = try EpsilonAnswer(
                accountant, sigma: sigma, rate: mechanism.rate, steps: steps, delta: mechanism.delta,
                conversion: conversion, relation: mechanism.relation)
            try mechanism.checkDelta()
            guard !json else { return try Output.json(Answer(sigma: sigma, target: epsilon, achieved: achieved)) }
            try Output.table([["sigma", "\(sigma)"], ["target", "\(epsilon)"]] + achieved.table)
        }
    }

    /// Epsilon and noise → duration.
    struct Steps: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Largest number of steps within an epsilon.")
        @Option(help: "The accountant that decides, rdp or pld.") var accountant = AccountantName.rdp
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
            let target = try mechanism.target(epsilon, accountant, conversion)
            guard let steps = try target.steps(rate: mechanism.rate, noiseMultiplier: sigma) else {
                throw Failure(
                    .badInput,
                    "expected a limit, found none below 2^53 steps for epsilon \(epsilon); check rate and sigma")
            }
            let achieved = try EpsilonAnswer(
                accountant, sigma: sigma, rate: mechanism.rate, steps: steps, delta: mechanism.delta,
                conversion: conversion, relation: mechanism.relation)
            try mechanism.checkDelta()
            if steps == 0 {
                try Output.log("warning: one step alone exceeds epsilon \(epsilon); raise sigma or lower the rate")
            }
            guard !json else { return try Output.json(Answer(steps: steps, target: epsilon, achieved: achieved)) }
            try Output.table([["largest", "\(steps) steps"], ["target", "\(epsilon)"]] + achieved.table)
        }
    }
    /// Epsilon, noise and duration → sampling rate.
    struct Rate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Largest sampling rate that keeps a training within an epsilon.")
        @Option(help: "The accountant that decides, rdp or pld.") var accountant = AccountantName.rdp
        @Option(parsing: .unconditional, help: "The epsilon to stay within.") var epsilon: Double
        @Option(parsing: .unconditional, help: "Noise multiplier: standard deviation / clipping norm.") var sigma:
            Double
        @Option(parsing: .unconditional, help: "Optimiser steps.") var steps: Int
        @Option(parsing: .unconditional, help: "Delta, below 1 / training records.") var delta: Double
        @Option(help: "Which data sets are neighbours.") var relation = NeighbouringRelation.addOrRemove
        @Option(help: "From Renyi divergence to epsilon.") var conversion = RenyiAccountant.Conversion.improved
        @Flag(help: "Print JSON.") var json = false

        private struct Answer: Encodable {
            var rate: Double
            var target: Double
            var achieved: EpsilonAnswer
        }

        func run() throws {
            let target = try PrivacyTarget(
                epsilon: epsilon, delta: delta, accountant: accountant.guarantee(), relation: relation,
                conversion: conversion)
            let rate = try target.rate(noiseMultiplier: sigma, steps: steps)
            let achieved = try EpsilonAnswer(
                accountant, sigma: sigma, rate: rate, steps: steps, delta: delta, conversion: conversion,
                relation: relation)
            guard !json else { return try Output.json(Answer(rate: rate, target: epsilon, achieved: achieved)) }
            try Output.table([["largest", "\(rate)"], ["target", "\(epsilon)"]] + achieved.table)
        }
    }
}
