package import Benchmarks

/// Benchmarks as tables: plain text for a terminal of 120 columns, and Markdown for the documentation.
package enum BenchmarkTable {
    /// Returns aligned plain text: speed, then memory and losses, then what failed.
    package static func text(_ results: [BenchmarkResult], on machine: MachineDescription) -> String {
        let failures = results.flatMap { result in result.failures.map { "FAILED \(result.name): \($0)\n" } }
        let parts =
            [speed(results).aligned(), memory(results).aligned()] + (failures.isEmpty ? [] : [failures.joined()])
        return "\(machine.line)\n\n" + parts.joined(separator: "\n")
    }

    /// Returns Markdown.
    package static func markdown(_ results: [BenchmarkResult], on machine: MachineDescription) -> String {
        "\(machine.line)\n\n\(speed(results).markdown())\n\(memory(results).markdown())"
    }

    private static func speed(_ results: [BenchmarkResult]) -> TextGrid {
        let hasUnpinned = results.contains { $0.unpinned != nil }
        var columns: [TextGrid.Column] = [
            .init(title: "case"), .init(title: "ours /s", isNumber: true), .init(title: "peer /s", isNumber: true),
            .init(title: "by"), .init(title: "ratio", isNumber: true), .init(title: "range", isNumber: true),
            .init(title: "GFLOP/s", isNumber: true), .init(title: "of sgemm", isNumber: true),
        ]
        if hasUnpinned {
            columns += [.init(title: "auto /s", isNumber: true), .init(title: "ratio", isNumber: true)]
        }
        columns.append(.init(title: "beside", isWrapped: true))
        let rows = results.map { result -> [String] in
            // What does no arithmetic has no share in any.
            let work = result.ours.flatMap { $0.gigaflops > 0 ? $0 : nil }
            let unpinned = [rate(result.unpinned?.rate), number(result.unpinned?.ratio, 2)]
            return [
                "\(result.name), \(result.unit)", rate(result.ours?.rate), rate(result.peer),
                result.peerVariant ?? none, number(result.ours?.ratio, 2), range(result.ours),
                number(work?.gigaflops, 1), work.map { Digits.percent($0.sgemmShare) } ?? none,
            ] + (hasUnpinned ? unpinned : []) + [others(result)]
        }
        return TextGrid(columns: columns, rows: rows)
    }

    private static func memory(_ results: [BenchmarkResult]) -> TextGrid {
        let columns: [TextGrid.Column] = [
            .init(title: "case"), .init(title: "peak MB", isNumber: true), .init(title: "of the work", isNumber: true),
            .init(title: "it needs", isNumber: true), .init(title: "times", isNumber: true),
            .init(title: "peer's peak", isNumber: true), .init(title: "loss", isNumber: true),
            .init(title: "peer's loss", isNumber: true), .init(title: "may differ by", isNumber: true),
            .init(title: "others' cores", isNumber: true),
        ]
        let rows = results.map { result -> [String] in
            let times = result.workingMegabytes.flatMap { used in result.expectedMegabytes.map { used / $0 } }
            let losses = result.losses.map { [$0.ours, $0.peer, $0.tolerance] } ?? []
            return [
                result.name, number(result.peakMegabytes, 0), number(result.workingMegabytes, 1),
                number(result.expectedMegabytes, 1), number(times, 2), number(result.peerPeakMegabytes, 0),
            ] + (losses.isEmpty ? [none, none, none] : losses.map(Digits.short)) + [number(result.otherCores, 2)]
        }
        return TextGrid(columns: columns, rows: rows)
    }

    private static let none = "–"

    private static func number(_ value: Double?, _ decimals: Int) -> String {
        value.map { Digits.fixed($0, decimals) } ?? none
    }

    private static func rate(_ value: Double?) -> String {
        value.map { $0 < 100 ? Digits.short($0) : Digits.grouped(Int($0.rounded())) } ?? none
    }

    private static func range(_ side: BenchmarkResult.Side?) -> String {
        guard let side, let low = side.ratioMin, let high = side.ratioMax else { return none }
        return "\(Digits.fixed(low, 2))–\(Digits.fixed(high, 2))"
    }

    /// The peer's other variants with their rates.
    private static func others(_ result: BenchmarkResult) -> String {
        result.variants.filter { $0.key != result.peerVariant }.sorted { $0.key < $1.key }
            .map { "\($0.key) \(rate($0.value))" }.joined(separator: ", ")
    }
}
