import Foundation

/// A program under `experiments/peers` with the arguments that make it do a benchmark's work.
package struct PeerProgram: Sendable, Equatable {
    /// One way of running it.
    package struct Way: Sendable, Equatable {
        var name: String
        var arguments: [String]
        var needsTcmalloc: Bool
        var isBeside: Bool
    }

    /// The file.
    package var file: String
    /// The arguments of every way.
    package var arguments: [String]
    /// The ways, the usually fastest first.
    package var ways: [Way]

    /// No program: growth has no peer.
    static let none = PeerProgram(file: "", arguments: [], ways: [])

    func variants(adding plan: [String]) -> [PeerVariant] {
        ways.map { way in
            PeerVariant(
                name: way.name, program: file, arguments: arguments + way.arguments + plan,
                needsTcmalloc: way.needsTcmalloc, isBeside: way.isBeside)
        }
    }
}

extension PeerProgram.Way {
    /// As it is written.
    static let plain = Self("plain")
    /// With an allocator that keeps large blocks, as PyTorch's tuning guide advises.
    static let tcmalloc = Self("tcmalloc", needsTcmalloc: true)
    /// With `torch.compile`.
    static let compiled = Self("compile", ["--compile"])

    /// Creates a way; one that stands beside is reported, but is no like-for-like peer.
    init(_ name: String, _ arguments: [String] = [], needsTcmalloc: Bool = false, isBeside: Bool = false) {
        self.init(name: name, arguments: arguments, needsTcmalloc: needsTcmalloc, isBeside: isBeside)
    }
}

/// One way in which the peer does a benchmark's work.
package struct PeerVariant: Sendable, Equatable {
    /// What is special about it.
    package var name: String
    /// The program's file.
    package var program: String
    /// Its arguments, but for threads and seed.
    package var arguments: [String]
    /// Whether it runs with tcmalloc preloaded.
    package var needsTcmalloc: Bool
    /// Whether it is shown beside the comparison and takes no part, like another number format.
    package var isBeside: Bool
}

/// What a peer's program prints: its last line, a JSON object.
package struct PeerReport: Decodable, Sendable, Equatable {
    /// The median of its windows' rates.
    package var itemsPerSecond: Double
    /// Peak memory in MB, of worker processes, too.
    package var peakMegabytes: Double
    /// The loss of the first step.
    package var lossFirst: Double?
    /// The mean loss over the last tenth of the steps.
    package var lossLast: Double?
    /// The cores that other programs kept busy, by window.
    package var otherCores: [Double]

    /// The most of them.
    var busyElsewhere: Double { otherCores.max() ?? 0 }

    private enum CodingKeys: String, CodingKey {
        case itemsPerSecond = "items_per_s"
        case peakMegabytes = "peak_rss_mb"
        case workersPeakMegabytes = "workers_peak_rss_mb"
        case lossFirst = "loss_first"
        case lossLast = "loss_last"
        case otherCores = "other_cores"
    }

    /// Decodes a line.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        itemsPerSecond = try container.decode(Double.self, forKey: .itemsPerSecond)
        let workers = try container.decodeIfPresent([Double].self, forKey: .workersPeakMegabytes) ?? []
        peakMegabytes = try container.decode(Double.self, forKey: .peakMegabytes) + workers.reduce(0, +)
        lossFirst = try container.decodeIfPresent(Double.self, forKey: .lossFirst)
        lossLast = try container.decodeIfPresent(Double.self, forKey: .lossLast)
        otherCores = try container.decodeIfPresent([Double].self, forKey: .otherCores) ?? []
    }

    /// Reads the last line of a program's output that is a JSON object.
    ///
    /// - Throws: ``BenchmarkError/noReport(_:)`` when there is none, or a figure is missing.
    package init(output: String) throws {
        self = try decodeLastLine(PeerReport.self, of: output)
        guard itemsPerSecond.isFinite, itemsPerSecond > 0 else {
            throw BenchmarkError.noReport("expected a positive items_per_s, found \(itemsPerSecond)")
        }
    }
}

/// Decodes the last line of a program's output that is a JSON object.
func decodeLastLine<Report: Decodable>(_: Report.Type, of output: String) throws -> Report {
    guard let line = output.split(separator: "\n").last(where: { $0.hasPrefix("{") }) else {
        throw BenchmarkError.noReport("expected a line of JSON, found \(output.isEmpty ? "nothing" : "none")")
    }
    do {
        return try JSONDecoder().decode(Report.self, from: Data(line.utf8))
    } catch {
        throw BenchmarkError.noReport("expected the figures of a benchmark, found \(line.prefix(200))")
    }
}
