import ArgumentParser
import Auditing
import Datasets
import Experiments
import Foundation
import Reporting
import Store
import Tensors

/// The options of every command that lays out a run.
struct RunOptions: ParsableArguments {
    @Argument(help: "The experiment, a YAML file.")
    var spec: String

    @Option(help: "The folder of runs and of the store.")
    var runs = "runs"

    @Option(name: .customLong("set"), help: "Change one value of the spec: path=value, such as images.candidates=1000.")
    var overrides: [String] = []

    var folder: URL { URL(filePath: runs) }

    func plan() throws -> Plan {
        try BLAS.verify()
        let spec = try Spec(contentsOf: URL(filePath: spec), setting: overrides)
        return try Plan(spec, registry: try DatasetRegistry.standard())
    }

    func store() -> ArtefactStore {
        ArtefactStore(root: folder.appending(path: ".store")) { line in
            Progress.say("store: \(line)")
        }
    }
}

/// Runs an experiment and writes its report.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs an experiment, resuming what is there, and writes its report.",
        discussion: "Stages that are in the store are not computed again. Exit code 3 when a gate is violated.")

    @OptionGroup var options: RunOptions

    @Option(help: "How many stages run at the same time; each takes one core.")
    var workers = ProcessInfo.processInfo.activeProcessorCount

    @Flag(help: "Print the findings as JSON instead of a table.")
    var json = false

    func validate() throws { try Self.check(workers: workers) }

    func run() throws {
        try Self.execute(try options.plan(), options, workers: workers, json: json) { FindingsTable.text($0) }
    }

    static func check(workers: Int) throws {
        guard (1...1024).contains(workers) else {
            throw ValidationError("--workers: expected a number from 1 to 1024, found \(workers)")
        }
    }

    /// Runs a plan, writes its report, and prints the findings.
    static func execute(
        _ plan: Plan, _ options: RunOptions, workers: Int, json: Bool, table: (Findings) -> String
    ) throws {
        let progress = Progress(plan.stages)
        let executor = LocalExecutor(plan, store: options.store(), observer: progress.observer)
        let (artefacts, seconds) = try executor.run(workers: workers)
        let result = try plan.assemble(artefacts)
        let folder = options.folder.appending(path: plan.spec.name)
        try RunFolder(folder).write(result, seconds: seconds)
        if json {
            // The encoding ends with a line break, and so does every result.
            try Output.result(String(decoding: try FindingsJSON.encode(result.findings).dropLast(), as: UTF8.self))
        } else {
            try Output.result(table(result.findings))
            try Output.result("report: \(folder.appending(path: "report.html").path)")
        }
        try endOnViolation(result.findings)
    }

    private static func endOnViolation(_ findings: Findings) throws {
        let violated = findings.relations.filter { $0.isGate && $0.outcome == .violated }
        guard let first = violated.first else { return }
        throw Failure(
            .invariantViolated,
            "\(violated.count) gate(s) violated, the first: \(first.statement) (\(first.detail)); see the report")
    }
}

/// What a run leaves for people: findings, exhibits, timings, the report.
struct RunFolder {
    let url: URL

    init(_ url: URL) { self.url = url }

    func write(_ result: RunResult, seconds: [String: Double]) throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        var timings = try read([String: Double].self, "timings.json") ?? [:]
        timings.merge(seconds) { $1 }
        try encoder.encode(timings).write(to: url.appending(path: "timings.json"), options: .atomic)
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A training that diverged has losses that are not finite.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        try encoder.encode(result.exhibits).write(to: url.appending(path: "exhibits.json"), options: .atomic)
        try render(result.findings, result.exhibits, timings)
    }

    /// Writes the report again from what is in the folder.
    func render() throws {
        guard let exhibits = try read([Exhibit].self, "exhibits.json") else { throw unfinished }
        try render(try findings(), exhibits, try read([String: Double].self, "timings.json") ?? [:])
    }

    /// The findings in the folder.
    func findings() throws -> Findings {
        let file = url.appending(path: "findings.json").path
        guard let data = FileManager.default.contents(atPath: file) else { throw unfinished }
        return try FindingsJSON.decode(data)
    }

    private var unfinished: Failure {
        Failure(
            .badInput, "\(url.path): expected a finished run, found no findings.json or exhibits.json; run it first")
    }

    private func render(_ findings: Findings, _ exhibits: [Exhibit], _ timings: [String: Double]) throws {
        try Report.write(findings: findings, exhibits: exhibits, timings: timings, to: url) { pixels, width, height in
            Data(PNG.encode(GrayImage(width: width, height: height, pixels: pixels)))
        }
    }

    private func read<T: Decodable>(_ type: T.Type, _ name: String) throws -> T? {
        guard let data = FileManager.default.contents(atPath: url.appending(path: name).path) else { return nil }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try decoder.decode(type, from: data)
    }
}
