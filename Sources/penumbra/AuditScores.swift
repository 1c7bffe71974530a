import Accounting
import ArgumentParser
import Experiments
import Foundation

extension Audit {
    /// Scores and the truth → lower bounds on epsilon.
    struct Scores: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Epsilon lower bounds from the scores of any attack.",
            discussion: """
                FILE is safetensors with scores [C] and truth [C] (0 or 1), and optionally selection_scores [D] and \
                selection_truth [D], such as another seed's, on which thresholds are chosen; or a .csv with the columns \
                score and truth. Higher scores mean member.
                clopper-pearson and gaussian read the rates at one threshold, one-run and gaussian-one-run guess the \
                highest and the lowest scores, and need that each candidate was in by its own fair coin. The gaussian \
                ones are bounds only where the mechanism's trade-off is Gaussian; bayesian is a credible interval.
                Exit code 3 when a bound for every mechanism (clopper-pearson, one-run) exceeds --epsilon.
                """)
        @Argument(help: "The file with the scores and the truth.") var file: String
        @Option(parsing: .unconditional, help: "Delta of the claim, in [0, 1).") var delta: Double
        @Option(parsing: .unconditional, help: "Confidence of each bound.") var confidence = 0.95
        @Option(help: "all, \(AuditMethod.allCases.map(\.rawValue).joined(separator: ", ")).") var method = "all"
        @Option(
            help: """
                Where thresholds come from: bonferroni, a fixed list that shares the error; halves, every other candidate; \
                selection, the file's selection_scores (default: selection if the file has it, else bonferroni).
                """)
        var choose: ThresholdSource?
        @Option(help: "How many candidates to guess, fixed beforehand; for the one-run methods.") var guesses: Int?
        @Option(help: "How many equal copies of a candidate were in the training set.") var copies = 1
        @Option(parsing: .unconditional, help: "The epsilon that is claimed at delta.") var epsilon: Double?
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            if let epsilon, !(epsilon >= 0) { throw AccountingError.epsilon(epsilon) }
            let statements = try statements(of: try ForeignScores(contentsOf: URL(filePath: file)))
            let refuting = epsilon.map { claim in statements.filter { $0.refutes(claim) } } ?? []
            if json {
                let rows = statements.map { Answer.Row(statement: $0, assumption: $0.method.assumption) }
                try Output.json(Answer(bounds: rows, claimed: epsilon, refuted: epsilon.map { _ in !refuting.isEmpty }))
            } else {
                try Output.table(Self.table(statements))
            }
            try conclude(statements, refuting)
        }

        private func statements(of file: ForeignScores) throws -> [AuditStatement] {
            let audit = try EpsilonAudit(scores: file.counted.scores, truth: file.counted.truth)
            let choice = try choice(file)
            return try methods().map { method in
                let own = method.readsGuesses ? guesses.map { EpsilonAudit.Choice.guesses($0) } : nil
                return try audit.statement(
                    method, choice: own ?? choice, delta: delta, confidence: confidence, copies: copies)
            }
        }

        private func methods() throws -> [AuditMethod] {
            if method == "all" {
                guard delta == 0 else { return AuditMethod.allCases }
                try Output.log("warning: no Gaussian mechanism has an epsilon at delta 0, so those bounds are left out")
                return AuditMethod.allCases.filter { $0 != .gaussian && $0 != .gaussianOneRun }
            }
            guard let known = AuditMethod(rawValue: method) else {
                let names = AuditMethod.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure(.badInput, "--method: expected all or one of \(names), found '\(method)'; try all")
            }
            return [known]
        }

        private func choice(_ file: ForeignScores) throws -> EpsilonAudit.Choice {
            switch choose ?? (file.selection == nil ? .bonferroni : .selection) {
            case .bonferroni: return .bonferroni
            case .halves: return .halves
            case .selection:
                guard let selection = file.selection else {
                    throw Failure(
                        .badInput,
                        "--choose selection: expected the arrays selection_scores and selection_truth in \(self.file), "
                            + "found none; export them or choose halves")
                }
                return .heldOut(try EpsilonAudit(scores: selection.scores, truth: selection.truth))
            }
        }

        private func conclude(_ statements: [AuditStatement], _ refuting: [AuditStatement]) throws {
            guard let epsilon else { return }
            if let worst = refuting.max(by: { $0.epsilon < $1.epsilon }) {
                throw Failure(
                    .invariantViolated,
                    "epsilon \(epsilon) is refuted: \(worst.method.rawValue) proves at least \(worst.epsilon) at "
                        + "\(worst.confidence * 100) % confidence; correct the claim or the mechanism")
            }
            for fit in statements where fit.epsilon > epsilon {
                try Output.log(
                    "warning: \(fit.method.rawValue) gives \(fit.epsilon), above the claimed \(epsilon), but it assumes: "
                        + fit.method.assumption)
            }
        }

        private static func table(_ statements: [AuditStatement]) -> [[String]] {
            let head = ["method", "epsilon at least", "delta", "confidence", "counted", "choice", "assumes"]
            return [head]
                + statements.map { item in
                    [
                        item.method.rawValue, bound(item), "\(item.delta)", "\(item.confidence)", counted(item),
                        item.choice + (item.copies.map { ", \($0) copies" } ?? ""), item.method.assumption,
                    ]
                }
        }

        private static func bound(_ item: AuditStatement) -> String {
            func digits(_ value: Double) -> String { String(format: "%.4f", value) }
            return digits(item.epsilon) + (item.upper.map { " (at most \(digits($0)))" } ?? "")
        }

        private static func counted(_ item: AuditStatement) -> String {
            if let coins = item.guesses {
                return "\(coins.correct) of \(coins.guesses) guesses right, \(coins.canaries) coins"
            }
            guard let counts = item.counts else { return "–" }
            return "\(counts.truePositives)/\(counts.positives) in, \(counts.falsePositives)/\(counts.negatives) out"
        }
    }
}

/// Where the threshold of an audit comes from.
enum ThresholdSource: String, ExpressibleByArgument, CaseIterable {
    case bonferroni
    case halves
    case selection
}

/// What `penumbra audit scores --json` prints.
private struct Answer: Encodable {
    /// A bound and what it assumes.
    struct Row: Encodable {
        var statement: AuditStatement
        var assumption: String
        private enum CodingKeys: CodingKey { case assumption }

        /// Writes the statement's keys beside the assumption.
        func encode(to encoder: any Encoder) throws {
            try statement.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(assumption, forKey: .assumption)
        }
    }
    var bounds: [Row]
    var claimed: Double?
    var refuted: Bool?
}
