package import Foundation
import Statistics

/// Runs cases on both sides in turn, A B A B, each run in a process of its own, so that peak memory is this case's and
/// the kernels of the linear algebra are the environment's.
package struct Comparison: Sendable {
    /// This program.
    package var program: URL
    /// The peer's side; `nil` measures ours alone.
    package var peers: PeerMachine?
    /// How often each side runs; a repeat has its own seed.
    package var repeats: Int
    /// The threads of each side.
    package var threads: Int
    /// Whether the peer runs its usually fastest variant only.
    package var isQuick: Bool
    /// Whether our side runs again without the environment's choice of kernels.
    package var comparesUnpinned: Bool
    /// Whether our side takes a few steps only.
    package var isBrief: Bool
    /// The environment of our side's processes.
    package var environment = ProcessInfo.processInfo.environment
    /// Called with a line on what goes on.
    package var say: @Sendable (String) -> Void

    /// What makes OpenBLAS choose other kernels than those it would choose for the processor.
    package static let pins = ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"]

    /// Variants this close to the fastest of the first repeat go on, so that no bad moment decides.
    private static let contention = 0.85

    /// Cores of ours that others may keep busy: with two threads on two cores a quarter doubles some peers' times.
    private static let disturbance = 0.25

    /// Creates a comparison.
    package init(
        program: URL, peers: PeerMachine?, repeats: Int, threads: Int, isQuick: Bool = false,
        comparesUnpinned: Bool = false, isBrief: Bool = false, say: @escaping @Sendable (String) -> Void
    ) {
        (self.program, self.peers, self.repeats, self.threads) = (program, peers, repeats, threads)
        (self.isQuick, self.comparesUnpinned, self.isBrief, self.say) = (isQuick, comparesUnpinned, isBrief, say)
    }

    /// The runs of one case.
    private struct Runs {
        var ours: [WorkerReport] = []
        var unpinned: [WorkerReport] = []
        var peers: [String: [PeerReport]] = [:]
        var failures: [String] = []
    }

    /// Measures a case; what fails is in the result, and the rest goes on.
    package func result(of benchmark: any Benchmark) -> BenchmarkResult {
        var runs = Runs()
        var variants = peers?.usable(benchmark.peers) ?? []
        if isQuick { variants = Array(variants.prefix(1)) }
        for seed in 0..<repeats where runs.failures.isEmpty || seed == 0 {
            attempt("ours", benchmark, seed, &runs) { runs in
                let report = try undisturbed(\.busyElsewhere) { try worker(benchmark, seed: seed) }
                runs.ours.append(report)
                return report.itemsPerSecond
            }
            if comparesUnpinned {
                attempt("ours, kernels unpinned", benchmark, seed, &runs) { runs in
                    let report = try undisturbed(\.busyElsewhere) {
                        try worker(benchmark, seed: seed, isUnpinned: true)
                    }
                    runs.unpinned.append(report)
                    return report.itemsPerSecond
                }
            }
            for variant in variants { run(variant, benchmark, seed, &runs) }
            if seed == 0 { variants = contenders(variants, runs) }
        }
        return summary(benchmark, runs, variants)
    }

    private func attempt(
        _ who: String, _ benchmark: any Benchmark, _ seed: Int, _ runs: inout Runs,
        _ body: (inout Runs) throws -> Double
    ) {
        do {
            let rate = try body(&runs)
            say("\(benchmark.name) \(seed + 1)/\(repeats) \(who): \(Int(rate)) \(benchmark.unit)/s")
        } catch {
            runs.failures.append("\(who): \(error)")
            say("\(benchmark.name) \(seed + 1)/\(repeats) \(who) FAILED: \(error)")
        }
    }

    private func run(_ variant: PeerVariant, _ benchmark: any Benchmark, _ seed: Int, _ runs: inout Runs) {
        guard let peers else { return }
        attempt("peer \(variant.name)", benchmark, seed, &runs) { runs in
            let report = try undisturbed(\.busyElsewhere) {
                try peers.report(variant, threads: threads, seed: seed)
            }
            runs.peers[variant.name, default: []].append(report)
            return report.itemsPerSecond
        }
    }

    /// Runs once more when other programs were busy on our cores, and returns the run that had them more to itself.
    private func undisturbed<Report>(_ busy: (Report) -> Double, _ run: () throws -> Report) throws -> Report {
        let first = try run()
        let spare = Double(max(0, ProcessInfo.processInfo.activeProcessorCount - threads))
        guard busy(first) > 0.9 * spare + Self.disturbance else { return first }
        say("  other programs kept \((busy(first) * 10).rounded() / 10) cores busy: once more")
        let second = try run()
        return busy(second) < busy(first) ? second : first
    }

    /// The variants that may turn out the best.
    private func contenders(_ variants: [PeerVariant], _ runs: Runs) -> [PeerVariant] {
        func rate(_ variant: PeerVariant) -> Double { runs.peers[variant.name]?.first?.itemsPerSecond ?? 0 }
        let rivals = variants.filter { !$0.isBeside }
        let best = rivals.map(rate).max() ?? 0
        return rivals.filter { rate($0) > 0 && rate($0) >= Self.contention * best }
    }

    /// Measures our side of a growth curve.
    ///
    /// - Throws: ``BenchmarkError`` as soon as a point fails.
    package func growth(_ curve: GrowthCurve) throws -> GrowthResult {
        var (seconds, megabytes) = ([Double](), [Double]())
        for point in curve.points {
            let runs = try (0..<repeats).map { try worker(point.benchmark, seed: $0) }
            seconds.append(median(runs.map { point.items / $0.itemsPerSecond }))
            let memory = runs.compactMap(\.workingMegabytes)
            // Below a tenth of a megabyte there is nothing to tell from pages that the system keeps.
            if !memory.isEmpty { megabytes.append(max(0.1, median(memory))) }
            say("\(point.benchmark.name): \(seconds[seconds.count - 1]) s, \(megabytes.last ?? .nan) MB")
        }
        return GrowthResult(
            name: curve.name, work: curve.work, sizes: curve.points.map(\.size), seconds: seconds,
            megabytes: megabytes.count == seconds.count ? megabytes : nil)
    }

    private func worker(_ benchmark: any Benchmark, seed: Int, isUnpinned: Bool = false) throws -> WorkerReport {
        var environment = environment
        if isUnpinned { for pin in Self.pins { environment[pin] = nil } }
        let arguments = ["bench", "worker", benchmark.name, "--threads", "\(threads)", "--seed", "\(seed)"]
        let process = ChildProcess(
            executable: program, arguments: arguments + (isBrief ? ["--brief"] : []), environment: environment)
        return try WorkerReport(output: try process.output())
    }

    private func summary(_ benchmark: any Benchmark, _ runs: Runs, _ contenders: [PeerVariant]) -> BenchmarkResult {
        var result = BenchmarkResult(name: benchmark.name, unit: benchmark.unit)
        let rates = runs.peers.mapValues { median($0.map(\.itemsPerSecond)) }
        let best = contenders.map(\.name).max { rates[$0] ?? 0 < rates[$1] ?? 0 }
        let peer = best.flatMap { runs.peers[$0] } ?? []
        (result.variants, result.peerVariant, result.failures) = (rates, best, runs.failures)
        result.peer = best.flatMap { rates[$0] }
        result.peerPeakMegabytes = peer.map(\.peakMegabytes).max()
        result.otherCores = (runs.ours.compactMap(\.otherCores) + peer.map(\.busyElsewhere)).max()
        guard !runs.ours.isEmpty else { return result }
        result.threads = threads
        let flops = benchmark.flopsPerItem
        result.ours = .init(runs.ours, flopsPerItem: flops, peer: peer)
        if !runs.unpinned.isEmpty { result.unpinned = .init(runs.unpinned, flopsPerItem: flops, peer: peer) }
        result.peakMegabytes = runs.ours.compactMap(\.peakMegabytes).max()
        result.workingMegabytes = runs.ours.compactMap(\.workingMegabytes).max()
        result.expectedMegabytes = benchmark.expectedBytes / 1_048_576
        judgeLosses(runs.ours.compactMap(\.lossLast), peer.compactMap(\.lossLast), &result)
        return result
    }

    private func judgeLosses(_ ours: [Double], _ peer: [Double], _ result: inout BenchmarkResult) {
        result.losses = LossAgreement(ours: ours, peer: peer)
        guard !isBrief, let losses = result.losses, !losses.holds else { return }
        result.failures.append(
            "the losses differ: ours came to \(losses.ours), the peer's to \(losses.peer), expected within "
                + "\(losses.tolerance)")
    }
}
