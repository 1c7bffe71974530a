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
        static let configuration = CommandConfiguration(abstract: "Lists the keys of a file, without the keys.")

        @Option(help: "The file of keys.")
        var file: String

        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let entries = try KeyRing(contentsOf: URL(filePath: file)).entries
            if json { return try Output.json(entries) }
            let heading = ["name", "queries", "tokens", "rate", "burst", "hash"]
            try Output.table([heading] + entries.map(Self.row))
        }

        private static func row(_ entry: KeyRing.Entry) -> [String] {
            func text(_ limit: (some CustomStringConvertible)?) -> String { limit.map { "\($0)" } ?? "-" }
            return [
                entry.name, text(entry.queries), text(entry.tokens), text(entry.rate), text(entry.burst),
                entry.hash.hexadecimal.prefix(12) + "…",
            ]
        }
    }
}
