import ArgumentParser
import Benchmarks
import Datasets
import Foundation
import Tensors

/// A private step beside a plain one.
struct BenchPrivacy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "privacy",
        abstract: "Times a step of DP-SGD beside the same step without privacy.",
        discussion: """
            Both train the same architecture on the same records with an (expected) batch of 256 in this process, \
            windows of some steps in turn, medians. A private step draws a Poisson batch, finds the norm of each \
            record's gradient, clips, and adds noise; the time is per record that was really drawn (with secure \
            noise, as many as are drawn on average).
            """)

    @Argument(help: "The cases; all when none is named.") var cases: [String] = []
    @Option(help: "The windows of each kind.") var pairs = 7
    @Option(help: "The threads to use.") var threads = ProcessInfo.processInfo.activeProcessorCount
    @Option(help: "The seed of parameters, batches and noise.") var seed: UInt64 = 0
    @Flag(help: .hidden) var brief = false

    func validate() throws {
        try Bench.validate(repeats: 1, threads: threads)
        guard (1...1000).contains(pairs) else {
            throw ValidationError("--pairs: expected a number from 1 to 1000, found \(pairs)")
        }
    }

    func run() throws {
        try BLAS.verify()
        let known = PrivateCost.cases
        let chosen = try cases.isEmpty ? known : cases.flatMap(Self.find)
        Threads.limit = threads
        Progress.say(MachineDescription(torch: nil).line)
        let setting = BenchmarkSetting(
            threads: threads, seed: seed, isBrief: brief, registry: try DatasetRegistry.standard())
        var rows = [["case", "noise", "plain µs/record", "private µs/record", "ratio", "of pairs", "wanted"]]
        for (number, subject) in chosen.enumerated() {
            Progress.say("bench: \(subject.benchmark.name), \(number + 1)/\(chosen.count)")
            let cost = try PrivateCost.measure(subject, pairs: pairs, setting)
            rows.append([
                cost.name, subject.noiseName, String(format: "%.2f", cost.plainTime),
                String(format: "%.2f", cost.privateTime),
                String(format: "%.2f", cost.ratio),
                String(format: "%.2f–%.2f", cost.range.lowerBound, cost.range.upperBound),
                subject.target.map { "≤ \($0)" } ?? "–",
            ])
        }
        try Output.table(rows)
    }

    private static func find(_ name: String) throws -> [PrivateCost.Case] {
        let found = PrivateCost.cases.filter { $0.benchmark.name == name }
        guard found.isEmpty else { return found }
        let names = PrivateCost.cases.map(\.benchmark.name)
        let known = names.indices.filter { !names[..<$0].contains(names[$0]) }.map { names[$0] }
            .joined(separator: ", ")
        throw Failure(.badInput, "expected a case among \(known), found '\(name)'")
    }
}
