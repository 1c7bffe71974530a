import Foundation
import Tensors

/// What a process that ran one benchmark prints: one line of JSON.
package struct WorkerReport: Codable, Sendable, Equatable {
    /// The median of the windows' rates.
    package var itemsPerSecond: Double
    /// The loss at the beginning.
    package var lossFirst: Double?
    /// The mean loss over the last tenth of the steps.
    package var lossLast: Double?
    /// Peak resident memory of the whole process in MB.
    package var peakMegabytes: Double?
    /// The most by which the work raised the resident memory above what was loaded before it, in MB.
    package var workingMegabytes: Double?
    /// GFLOP/s of a 512³ product on the same threads, just before.
    package var sgemm: Double
    /// The threads that it was given.
    package var threads: Int
    /// The kernels that OpenBLAS chose.
    package var blasCore: String
    /// The cores that other programs kept busy meanwhile.
    package var otherCores: Double?

    /// The same, none where the kernel does not tell.
    var busyElsewhere: Double { otherCores ?? 0 }

    private enum CodingKeys: String, CodingKey {
        case itemsPerSecond = "items_per_second"
        case lossFirst = "loss_first"
        case lossLast = "loss_last"
        case peakMegabytes = "peak_mb"
        case workingMegabytes = "working_mb"
        case sgemm, threads
        case blasCore = "blas_core"
        case otherCores = "other_cores"
    }

    /// Reads the last line of a worker's output.
    ///
    /// - Throws: ``BenchmarkError/noReport(_:)`` when there is none.
    package init(output: String) throws { self = try decodeLastLine(WorkerReport.self, of: output) }

    private init(_ measurement: BenchmarkRun, _ meter: Meter, _ setting: BenchmarkSetting) {
        itemsPerSecond = measurement.itemsPerSecond
        (lossFirst, lossLast) = (measurement.lossFirst, measurement.lossLast)
        (sgemm, threads, blasCore) = (meter.sgemm, setting.threads, BLAS.core)
        (peakMegabytes, workingMegabytes) = meter.memory
        otherCores = meter.otherCores
    }

    /// Runs a benchmark in this process, behind the self-test of the linear algebra.
    ///
    /// - Throws: what the benchmark or the self-test throws.
    package static func running(_ benchmark: any Benchmark, _ setting: BenchmarkSetting) async throws -> WorkerReport {
        let work = try prepared(benchmark, setting)
        let meter = Meter(threads: setting.threads)
        let measurement = try await work()
        return WorkerReport(measurement, meter, setting)
    }

    private static func prepared(_ benchmark: any Benchmark, _ setting: BenchmarkSetting) throws
        -> @Sendable () async throws -> BenchmarkRun
    {
        try BLAS.verify()
        Threads.limit = setting.threads
        return try benchmark.prepare(setting)
    }

    /// The report as a line.
    package func line() throws -> String { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
}

/// The state of process and machine when the work begins, and what has become of it since.
private struct Meter {
    let sgemm: Double
    private let before: (peak: Double, present: Double)?
    private let isFresh: Bool
    private let start: ContinuousClock.Instant
    private let spent: (all: Double, own: Double)?

    init(threads: Int) {
        sgemm = MatrixRate.gigaflops(threads: threads)
        ProcessFigures.returnFreedMemory()
        before = ProcessFigures.memory
        isFresh = ProcessFigures.forgetPeak()
        spent = ProcessFigures.processorTime
        start = .now
    }

    /// The peak of the process, and by how much the work raised it above what was there.
    var memory: (peak: Double?, working: Double?) {
        guard let before, let after = ProcessFigures.memory else { return (nil, nil) }
        return (max(before.peak, after.peak), isFresh ? after.peak - before.present : nil)
    }

    /// The cores that other programs kept busy.
    var otherCores: Double? {
        guard let spent, let now = ProcessFigures.processorTime else { return nil }
        let others = (now.all - spent.all) - (now.own - spent.own)
        return max(0, others / (start.duration(to: .now) / .seconds(1)))
    }
}
