import ArgumentParser
import Foundation
import ThreatModel

/// The keys of a gateway.
struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes and lists the keys that a gateway knows, with their budgets and rate limits.",
        subcommands: [New.self, List.self])
}

extension Keys {
    /// Name and limits → a key.
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a key, prints it this once, and adds its hash to a file.")

        @Argument(help: "Whose key it is.")
        var name: String

        @Option(help: "The file of keys; made when it is not there.")
        var file: String

        @Option(parsing: .unconditional, help: "The most queries that may ever be asked (default: no limit).")
        var queries: Int?

        @Option(
            parsing: .unconditional, help: "The most tokens that may ever be read and written (default: no limit).")
        var tokens: Int?

        @Option(
            parsing: .unconditional,
            help: "Cost units per second, a unit being a query or 100 tokens (default: no limit).")
        var rate: Double?

        @Option(parsing: .unconditional, help: "Cost units at once (default: ten seconds' worth).")
        var burst: Double?

        func run() throws {
            let key = APIKey.random()
            try KeyRing.add(
                KeyRing.Entry(name: name, hash: key.hash, queries: queries, tokens: tokens, rate: rate, burst: burst),
                to: URL(filePath: file))
            try Output.result(key.secret)
            try Output.log("the key of '\(name)' is not stored and cannot be shown again; \(file) has its hash")
        }
    }

    /// A file of keys → a table.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the keys of a file, without the keys, and what each has used of its budget.")

        @Option(help: "The file of keys.")
        var file: String

        @Option(help: "The gateway's ledger, which knows what was used (default: FILE.ledger where there is one).")
        var ledger: String?

        @Flag(help: "Print JSON.") var json = false

        /// A key's line: its limits, and what it has used of them.
        private struct Line: Encodable {
            var entry: KeyRing.Entry
            var used: QueryCost

            enum CodingKeys: String, CodingKey {
                case used
            }

            func encode(to encoder: any Encoder) throws {
                try entry.encode(to: encoder)
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(used, forKey: .used)
            }

            var row: [String] {
                func text(_ limit: (some CustomStringConvertible)?) -> String { limit.map { "\($0)" } ?? "-" }
                return [
                    entry.name, "\(used.queries)", text(entry.queries), "\(used.tokens)", text(entry.tokens),
                    text(entry.rate), text(entry.burst), entry.hash.hexadecimal.prefix(12) + "…",
                ]
            }
        }

        func run() throws {
            let used = try totals()
            let lines = try KeyRing(contentsOf: URL(filePath: file)).entries.map { entry in
                Line(entry: entry, used: used.first { $0.hash == entry.hash }?.used ?? QueryCost(queries: 0))
            }
            if json { return try Output.json(lines) }
            let heading = ["name", "queries used", "of", "tokens used", "of", "rate", "burst", "hash"]
            try Output.table([heading] + lines.map(\.row))
        }

        /// What was used; nothing where no gateway has written a ledger yet.
        private func totals() throws -> [UsageRecord] {
            if let ledger { return try UsageLedger.totals(in: URL(filePath: ledger)) }
            let beside = UsageLedger.file(beside: URL(filePath: file))
            guard FileManager.default.fileExists(atPath: beside.path) else { return [] }
            return try UsageLedger.totals(in: beside)
        }
    }
}
