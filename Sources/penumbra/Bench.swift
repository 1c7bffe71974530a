import ArgumentParser
import Benchmarks
import Datasets
import Experiments
import Foundation
import Reporting
import Tensors

/// Speed and memory, beside a peer's.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures speed and memory, side by side with PyTorch where a Python with it is given.",
        discussion: "`penumbra bench CASE…` compares cases, all of them when none is named.",
        subcommands: [
            BenchCompare.self, BenchList.self, BenchGrowth.self, BenchScore.self, BenchPrivacy.self, BenchGateway.self,
            BenchWorker.self,
        ],
        defaultSubcommand: BenchCompare.self)

    /// What `--blas-core` may say.
    enum Core: String, ExpressibleByArgument {
        case auto
    }

    static func validate(repeats: Int, threads: Int) throws {
        guard (1...100).contains(repeats) else {
            throw ValidationError("--repeats: expected a number from 1 to 100, found \(repeats)")
        }
        guard (1...1024).contains(threads) else {
            throw ValidationError("--threads: expected a number from 1 to 1024, found \(threads)")
        }
    }

    static func benchmark(_ name: String) throws -> any Benchmark {
        if let benchmark = BenchmarkCatalogue.benchmark(name) { return benchmark }
        let known = BenchmarkCatalogue.cases.map(\.name)
        let hint = nearestName(to: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
        throw Failure(.badInput, "expected a case among \(known.joined(separator: ", ")), found '\(name)'\(hint)")
    }

    static func program() throws -> URL {
        guard let program = Bundle.main.executableURL else {
            throw Failure(.environment, "cannot find this program's own file, which is to be run for each case")
        }
        return program
    }
}

/// Cases on both sides in turn.
struct BenchCompare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Runs cases on both sides in turn and compares them (the default).",
        discussion: """
            Each run is a process of its own. The peer's best variant counts: all run once, those within 15 % of the \
            fastest go on. The ratio is that of the medians, its range that of the pairs. Where the environment pins \
            OpenBLAS to a core it is respected; --blas-core auto runs our side again without the pin, behind the \
            self-test. Exit code 1 when a case failed, or the losses of the two sides differ.
            """)

    @Argument(help: "The cases; all when none is named.") var cases: [String] = []
    @Option(help: "A Python with PyTorch and Opacus; without one only our side runs.") var peers: String?
    @Option(help: "How often each side runs, each time with another seed.") var repeats = 3
    @Option(help: "The threads of each side.") var threads = ProcessInfo.processInfo.activeProcessorCount
    @Option(help: "A file for the results: a JSON array with an object for each case.") var json: String?
    @Option(
        name: .customLong("blas-core"), help: "auto: run our side also with the kernels that OpenBLAS would choose.")
    var blasCore: Bench.Core?
    @Flag(help: "Of the peer's variants run the usually fastest only.") var quick = false
    @Flag(help: "Print Markdown.") var markdown = false
    @Flag(help: .hidden) var brief = false

    func validate() throws { try Bench.validate(repeats: repeats, threads: threads) }

    func run() throws {
        try BLAS.verify()
        let chosen = try cases.isEmpty ? BenchmarkCatalogue.cases : cases.map(Bench.benchmark)
        let comparison = try comparison()
        let machine = MachineDescription(torch: comparison.peers?.torch)
        Progress.say(machine.line)
        var results: [BenchmarkResult] = []
        try write(results)
        for benchmark in chosen {
            results.append(comparison.result(of: benchmark))
            try write(results)
        }
        let table = markdown ? BenchmarkTable.markdown(results, on: machine) : BenchmarkTable.text(results, on: machine)
        try Output.result(String(table.dropLast()))
        let failed = results.filter { !$0.isSound }
        guard failed.isEmpty else {
            let list = failed.map { "\($0.name) (\($0.failures.joined(separator: "; ")))" }.joined(separator: ", ")
            throw Failure(.environment, "\(failed.count) of \(results.count) cases failed: \(list)")
        }
    }

    private func comparison() throws -> Comparison {
        let environment = ProcessInfo.processInfo.environment
        let isPinned = Comparison.pins.contains { environment[$0] != nil }
        if blasCore == .auto, !isPinned {
            Progress.say("bench: the environment pins no OpenBLAS core, so there is nothing to compare with auto")
        }
        let peers = try peers.map { python in
            let registry = try DatasetRegistry.standard()
            return try PeerMachine(
                python: python, repository: registry.repository, images: try registry.resolve("fashion-mnist").url,
                text: try registry.resolve("sotu", allowFallback: true).url)
        }
        return Comparison(
            program: try Bench.program(), peers: peers, repeats: repeats, threads: threads, isQuick: quick,
            comparesUnpinned: blasCore == .auto && isPinned, isBrief: brief, say: Progress.say)
    }

    /// Writes what there is so far: a run that is interrupted has lost nothing.
    private func write(_ results: [BenchmarkResult]) throws {
        guard let json else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
        let data = try encoder.encode(results)
        do {
            try data.write(to: URL(filePath: json), options: .atomic)
        } catch {
            throw Failure(.environment, "cannot write \(json): \(error.localizedDescription) Choose another --json")
        }
    }
}

/// The cases.
struct BenchList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the cases.")

    func run() throws {
        let rows = BenchmarkCatalogue.cases.map { benchmark in
            [
                benchmark.name, benchmark.unit, String(format: "%.4g MFLOP each", benchmark.flopsPerItem / 1e6),
                benchmark.peers.map(\.name).joined(separator: ", "),
            ]
        }
        try Output.table([["case", "items", "work at least", "peer's variants"]] + rows)
    }
}

/// How cost grows.
struct BenchGrowth: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "growth",
        abstract: "Measures how time and memory grow with shadows, candidates, parameters and sequence length.",
        discussion: "Prints Markdown with the exponents of fitted power laws and their standard errors.")

    @Option(help: "How often each point is measured.") var repeats = 3
    @Option(help: "The threads to use.") var threads = ProcessInfo.processInfo.activeProcessorCount

    func validate() throws { try Bench.validate(repeats: repeats, threads: threads) }

    func run() throws {
        let comparison = Comparison(
            program: try Bench.program(), peers: nil, repeats: repeats, threads: threads, say: Progress.say)
        let results = try GrowthCurve.all.map(comparison.growth)
        try Output.result(String(GrowthTable.markdown(results, on: MachineDescription(torch: nil)).dropLast()))
    }
}

/// One case in this process, for `compare` and `growth`.
struct BenchWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Runs our side of one case and prints a line of JSON.", shouldDisplay: false)

    @Argument(help: "The case.") var name: String
    @Option(help: "The threads to use.") var threads = ProcessInfo.processInfo.activeProcessorCount
    @Option(help: "The seed of parameters and batches.") var seed: UInt64 = 0
    @Flag(help: "Take a few steps only, on the committed data where there are no others.") var brief = false

    func validate() throws { try Bench.validate(repeats: 1, threads: threads) }

    func run() async throws {
        let setting = BenchmarkSetting(
            threads: threads, seed: seed, isBrief: brief, registry: try DatasetRegistry.standard())
        try Output.result(try await WorkerReport.running(try Bench.benchmark(name), setting).line())
    }
}
