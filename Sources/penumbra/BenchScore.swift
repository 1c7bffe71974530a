import ArgumentParser
import Benchmarks
import Experiments
import Foundation
import Tensors

/// Scoring beside reading.
struct BenchScore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Times online LiRA on a large file of signals beside reading the file's bytes from memory.",
        discussion: """
            A file of a pool's signals is written to a temporary folder, in single and then in double precision, and \
            mapped into memory. Reading adds up its 64-bit words on as many threads as scoring uses; scoring is LiRA \
            with pooled variances and mean centres, without sorting, grading and writing. Both run in turn in this \
            process, medians of 7. Asked for are a ratio of at most 3 and a peak memory of at most 1.5 times the file.
            """)

    @Option(help: "The candidates.") var records = 1_000_000
    @Option(help: "The shadow models.") var models = 64

    private static let repeats = 7

    func validate() throws {
        guard (1...1_000_000_000).contains(records) else {
            throw ValidationError("--records: expected a number from 1 to 1000000000, found \(records)")
        }
        guard (2...10_000).contains(models) else {
            throw ValidationError("--models: expected a number from 2 to 10000, found \(models)")
        }
    }

    func run() throws {
        let attack = try ForeignAttack(id: "lira-online")
        Progress.say(MachineDescription(torch: nil).line)
        var rows = [
            ["signals", "file MB", "reading s", "GB/s", "scoring s", "ratio (≤ 3)", "peak MB", "peak/file (≤ 1.5)"]
        ]
        for number in SignalFile.Number.allCases {
            let rate = try inTemporaryFolder { folder in
                let place = folder.appending(path: "signals.safetensors")
                try SignalFile(records: records, models: models, number: number).write(to: place)
                return try ScoreRate.measure(place, repeats: Self.repeats) { bytes in
                    let file = try ForeignFile(try Safetensors(decoding: bytes))
                    return { _ = try file.scores(attack) }
                }
            }
            rows.append([number.rawValue] + Self.cells(rate))
        }
        try Output.table(rows)
    }

    private static func cells(_ rate: ScoreRate) -> [String] {
        func text(_ format: String, _ value: Double?) -> String { value.map { String(format: format, $0) } ?? "–" }
        return [
            text("%.1f", rate.megabytes), text("%.4f", rate.reading),
            text("%.1f", rate.megabytes * 1_048_576 / 1e9 / rate.reading), text("%.4f", rate.scoring),
            text("%.2f", rate.ratio), text("%.1f", rate.peakMegabytes), text("%.2f", rate.memoryRatio),
        ]
    }

    private func inTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let manager = FileManager.default
        let folder = manager.temporaryDirectory.appending(path: "penumbra-bench-\(UUID().uuidString)")
        try manager.createDirectory(at: folder, withIntermediateDirectories: true)
        let result = Swift.Result { try body(folder) }
        do {
            try manager.removeItem(at: folder)
        } catch {
            Progress.say("left behind: \(folder.path): \(error.localizedDescription)")
        }
        return try result.get()
    }
}
