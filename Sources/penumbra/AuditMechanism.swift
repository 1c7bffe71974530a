import ArgumentParser
import Datasets
import Experiments
import Foundation
import Lab
import Tensors

extension Audit {
    /// A mechanism, or what it left behind → whether it is what it claims.
    struct Mechanism: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether a mechanism clips, samples and adds noise as it claims: four detectors.",
            discussion: """
                SPEC names a mechanism of the lab, such as those under experiments/broken-dp, its claim, and the detectors \
                that must reject it (caughtBy). Exit code 3 when one of them does not, or when caughtBy is empty and one does.
                  sensitivity-probe: batches that differ in one record, under the same noise, must not move the sum by more \
                than the clipping norm.
                  noise-distribution: what is released less the clipped sum must be independent normal noise of deviation \
                sigma times clip.
                  sampler: batches must be independent coin flips of the claimed rate.
                  gradient-canary: an epsilon that a planted gradient proves must not exceed the claimed one.
                Your own mechanism, in any framework: --export FILE in safetensors, with released [steps, d] and clipped \
                [steps, d] (the noisy and the plain sum of clipped gradients, flattened; --batch B when released was divided \
                by B), with --clip and --sigma; and batches [steps, records] (0 or 1: who was in which batch) with --rate. \
                Either part may be missing. Exit code 3 when a detector rejects the claim. A correct mechanism is rejected \
                by each detector with probability 1 - level at most.
                """)
        @Argument(help: "The spec, a YAML file.") var spec: String?
        @Option(help: "Arrays that another framework exported, instead of a spec.") var export: String?
        @Option(parsing: .unconditional, help: "Of an export: the clipping norm.") var clip: Double?
        @Option(parsing: .unconditional, help: "Of an export: noise deviation / clipping norm.") var sigma: Double?
        @Option(parsing: .unconditional, help: "Of an export: the sampling rate, in (0, 1].") var rate: Double?
        @Option(parsing: .unconditional, help: "Of an export: what released was divided by (default: 1).") var batch:
            Double?
        @Option(
            parsing: .unconditional, help: "How sure a rejection must be, in (0, 1) (default: the spec's, or 0.999).")
        var level: Double?
        @Option(help: "Another seed than the spec's.") var seed: UInt64?
        @Flag(help: "Print JSON, with every check of every detector.") var json = false

        func validate() throws {
            guard (spec == nil) != (export == nil) else {
                throw ValidationError(
                    "expected either a spec or --export FILE, found \(spec == nil ? "neither" : "both")")
            }
            if let level, !(level >= 0.5 && level < 1) {
                throw ValidationError("--level: expected a number from 0.5 to below 1, found \(level)")
            }
            let numbers = [("--clip", clip), ("--sigma", sigma), ("--batch", batch)]
            for (name, value) in numbers {
                if let value, !(value > 0 && value.isFinite) {
                    throw ValidationError("\(name): expected a positive finite number, found \(value)")
                }
            }
            if let rate, !(rate > 0 && rate <= 1) {
                throw ValidationError("--rate: expected a number in (0, 1], found \(rate)")
            }
            if spec != nil, let (name, _) = (numbers + [("--rate", rate)]).first(where: { $0.1 != nil }) {
                throw ValidationError("\(name) belongs to --export; a spec has its own claim")
            }
            if export != nil, seed != nil { throw ValidationError("--seed belongs to a spec; an export is what it is") }
        }

        func run() throws {
            if let spec { try runSpec(spec) } else if let export { try runExport(export) }
        }

        private func runSpec(_ path: String) throws {
            try BLAS.verify()
            var spec = try MechanismSpec(contentsOf: URL(filePath: path))
            if let seed { spec.seed = seed }
            if let level { spec.level = level }
            let audit = try MechanismAudit(spec, registry: try DatasetRegistry.standard())
            let line = ShareLine(spec.name)
            let report = try audit.report { line.show($0) }
            if json {
                try Output.json(report)
            } else {
                try Output.table(Self.heading(report))
                try Output.table(Self.table(report.verdicts))
                try Output.result(report.outcome)
            }
            guard report.isAsExpected else {
                throw Failure(.invariantViolated, "\(spec.name): \(report.outcome)")
            }
        }

        private func runExport(_ path: String) throws {
            let export = try MechanismExport(contentsOf: URL(filePath: path))
            if !export.ignored.isEmpty {
                try Output.log("warning: arrays that mean nothing here: \(export.ignored.joined(separator: ", "))")
            }
            var verdicts: [Verdict] = []
            let level = level ?? 0.999
            if export.hasNoise {
                let deviation = try required(clip, "--clip") * required(sigma, "--sigma")
                verdicts.append(
                    NoiseDistribution.verdict(
                        on: try export.noise(deviation: deviation, divisor: batch ?? 1), level: level))
            }
            if export.hasBatches {
                verdicts.append(
                    SamplerChiSquared.verdict(
                        on: try export.batches(), rate: try required(rate, "--rate"), level: level))
            }
            if json { try Output.json(verdicts) } else { try Output.table(Self.table(verdicts)) }
            let caught = verdicts.filter(\.isCaught).map(\.detector.rawValue)
            guard caught.isEmpty else {
                throw Failure(
                    .invariantViolated, "\(path): the claim is rejected by \(caught.joined(separator: ", "))")
            }
        }

        private func required(_ value: Double?, _ name: String) throws -> Double {
            guard let value else {
                throw Failure(.badInput, "expected \(name), which the arrays of the export are tested against; add it")
            }
            return value
        }
    }
}

extension Audit.Mechanism {
    private static func heading(_ report: MechanismReport) -> [[String]] {
        let claim = report.claim
        return [
            ["mechanism", report.mechanism],
            [
                "claim",
                "clip \(claim.clippingNorm), sigma \(claim.noiseMultiplier), Poisson batches of \(claim.batch) expected of "
                    + "\(claim.records) records; add or remove one record",
            ],
            ["gradients of", "\(report.data); \(report.steps) steps, seed \(report.seed), seeded noise"],
        ]
    }

    private static func table(_ verdicts: [Verdict]) -> [[String]] {
        [["detector", "verdict", "statistic", "p", "finding"]]
            + verdicts.map { verdict in
                [
                    verdict.detector.rawValue, verdict.isCaught ? "rejected" : "passed",
                    number(verdict.worst.statistic),
                    verdict.pValue.map(number) ?? "-", verdict.words,
                ]
            }
    }

    private static func number(_ value: Double) -> String { String(format: "%.4g", value) }
}

/// The share of a single piece of work that is done: one line that changes on a terminal, and nothing elsewhere.
private final class ShareLine {
    private let name: String
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var shown = -1

    init(_ name: String) { self.name = name }

    func show(_ share: Double) {
        let percent = Int(100 * share)
        guard isTerminal, percent != shown else { return }
        shown = percent
        let end = percent >= 100 ? "\r\u{1B}[K" : ""
        FileHandle.standardError.write(Data("\r\(name): \(percent) %\(end)".utf8))
    }
}
