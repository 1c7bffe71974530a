import Accounting
import ArgumentParser

extension Account {
    /// One training, all accountants.
    struct Compare: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "All accountants side by side, and what each number is.")
        @Option(parsing: .unconditional, help: "Noise multiplier: standard deviation / clipping norm.") var sigma:
            Double
        @OptionGroup var mechanism: Mechanism
        @Option(parsing: .unconditional, help: "Optimiser steps.") var steps: Int
        @Flag(help: "Print JSON.") var json = false

        private struct Row: Encodable {
            var name: String
            var epsilon: Double?
            var meaning: String

            private enum CodingKeys: CodingKey {
                case name
                case epsilon
                case meaning
            }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(name, forKey: .name)
                try container.encode(epsilon, forKey: .epsilon)
                try container.encode(meaning, forKey: .meaning)
            }
        }

        private struct Answer: Encodable {
            var accountants: [Row]
            var delta: Double
            var assumptions: EpsilonAnswer.Assumptions
        }

        func run() throws {
            let improved = try answer(.rdp, .improved)
            let classic = try answer(.rdp, .classic)
            let loss = try answer(.pld, .improved)
            // Under replace-one, the central limit is only known without sampling.
            let isKnown = mechanism.relation == .addOrRemove || mechanism.rate == 1
            let normal = isKnown ? try answer(.gdp, .improved) : nil
            try mechanism.checkDelta()
            let rows = [
                Row(name: "rdp improved", epsilon: improved.epsilon, meaning: "upper bound, conversion of 2020"),
                Row(
                    name: "rdp classic", epsilon: classic.epsilon,
                    meaning: "upper bound, as papers before 2020 print it"),
                Row(name: "pld upper", epsilon: loss.upper, meaning: "upper bound by privacy loss distributions"),
                Row(name: "pld estimate", epsilon: loss.estimate, meaning: "between the bounds, not a guarantee"),
                Row(name: "pld lower", epsilon: loss.lower, meaning: "no accountant can prove less"),
                Row(name: "gdp", epsilon: normal?.epsilon, meaning: normal?.kind ?? "not known for replace-one"),
                Row(
                    name: "exact", epsilon: improved.lower,
                    meaning: improved.lower == nil ? "no closed form for this training" : "exact, in closed form"),
            ]
            var assumptions = improved.assumptions
            assumptions.conversion = nil
            guard !json else {
                return try Output.json(Answer(accountants: rows, delta: mechanism.delta, assumptions: assumptions))
            }
            try Output.table(
                [["accountant", "epsilon", "what it is"]]
                    + rows.map { [$0.name, $0.epsilon.map { "\($0)" } ?? "–", $0.meaning] })
        }

        private func answer(_ name: AccountantName, _ conversion: RenyiAccountant.Conversion) throws -> EpsilonAnswer {
            try EpsilonAnswer(
                name, sigma: sigma, rate: mechanism.rate, steps: steps, delta: mechanism.delta, conversion: conversion,
                relation: mechanism.relation)
        }
    }

    /// Epsilon while a training lasts.
    struct Curve: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Epsilon over the steps of a training, as CSV, or as JSON.")
        @Option(help: AccountantName.help) var accountant = AccountantName.rdp
        @Option(parsing: .unconditional, help: "Noise multiplier: standard deviation / clipping norm.") var sigma:
            Double
        @OptionGroup var mechanism: Mechanism
        @Option(parsing: .unconditional, help: "Optimiser steps at the end.") var steps: Int
        @Option(parsing: .unconditional, help: "Points of the curve, evenly spaced.") var points = 50
        @Option(help: "From Renyi divergence to epsilon.") var conversion = RenyiAccountant.Conversion.improved
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            guard (1...10_000).contains(points), steps > 0 else {
                throw Failure(
                    .badInput,
                    "expected at least one step and 1 to 10000 points, found --steps \(steps) --points \(points)")
            }
            let count = min(points, steps)
            let answers = try (1...count).map { index in
                try EpsilonAnswer(
                    accountant, sigma: sigma, rate: mechanism.rate,
                    steps: steps / count * index + steps % count * index / count, delta: mechanism.delta,
                    conversion: conversion, relation: mechanism.relation)
            }
            try mechanism.checkDelta()
            guard !json else { return try Output.json(answers) }
            try Output.result("steps,epsilon,lower,upper,kind")
            for answer in answers {
                let (lower, upper) = (answer.lower.map { "\($0)" } ?? "", answer.upper.map { "\($0)" } ?? "")
                try Output.result(
                    "\(answer.assumptions.steps),\(answer.epsilon),\(lower),\(upper),\"\(answer.kind)\"")
            }
        }
    }
}
