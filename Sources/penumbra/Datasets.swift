import ArgumentParser
import Datasets
import Foundation

/// What data there are.
struct Datasets: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists, fetches, verifies and describes data sets.",
        subcommands: [List.self, Fetch.self, Verify.self, Describe.self])

    /// Where a registered data set lies on this machine.
    struct Presence: Encodable {
        let id: String
        let kind: String
        let title: String
        let licence: String
        let isPresent: Bool
        let path: String?
        let fallback: String?
        let remedy: String

        init(_ entry: DatasetEntry, in registry: DatasetRegistry) throws {
            (id, kind, title, licence) = (entry.id, entry.kind.rawValue, entry.title, entry.licence)
            (fallback, remedy) = (entry.fallback, entry.remedy)
            do {
                path = try registry.resolve(entry.id).url.path
            } catch DatasetError.missing {
                path = nil
            }
            isPresent = path != nil
        }
    }
}

extension Datasets {
    /// The registry.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The data sets that have a name, and where they are.")
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let registry = try DatasetRegistry.standard()
            let all = try registry.entries.map { try Presence($0, in: registry) }
            guard !json else { return try Output.json(all) }
            try Output.table(
                [["id", "kind", "on this machine", "title"]]
                    + all.map { [$0.id, $0.kind, $0.path ?? "no: \($0.remedy)", $0.title] })
        }
    }

    /// Getting a data set.
    struct Fetch: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fetches a data set, or says how to get it.",
            discussion: """
                datasets/fetch.sh fetches sotu, orl-faces, mnist-5k, adult and supermarket; the others come with \
                packages or with Penumbra itself.
                """
        )
        @Argument(help: "The data set.") var id = "sotu"

        func run() throws {
            let registry = try DatasetRegistry.standard()
            let entry = try registry.entry(id)
            let before = try Presence(entry, in: registry)
            guard entry.place == .cache else {
                return try Output.result(before.path.map { "\(id) is at \($0)" } ?? "\(id): \(entry.remedy)")
            }
            try runScript(registry.repository.appending(path: "datasets/fetch.sh"), id, cache: registry.cache)
            guard let path = try Presence(entry, in: registry).path else {
                throw Failure(.environment, "\(id) could not be fetched (the reason is above); \(entry.remedy)")
            }
            try Output.result("\(id) is at \(path)")
        }

        private func runScript(_ script: URL, _ id: String, cache: URL) throws {
            let process = Process()
            process.executableURL = script
            process.arguments = [id]
            process.standardOutput = FileHandle.standardError
            process.environment = ProcessInfo.processInfo.environment.merging(["PENUMBRA_DATA": cache.path]) { $1 }
            do {
                try process.run()
            } catch {
                throw Failure(
                    .environment, "cannot run \(script.path): \(error.localizedDescription) Restore it from git")
            }
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                throw Failure(
                    .environment,
                    "\(script.path) ended with status \(process.terminationStatus); read what it says above")
            }
        }
    }

    /// Comparing with checksums.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compares the files of a data set, or of all that are here, with their checksums.")
        @Argument(help: "The data set; all without it.") var id: String?
        @Flag(help: "Print JSON.") var json = false

        private struct Row: Encodable {
            var id: String
            var status: String
            var detail: String
        }

        func run() throws {
            let registry = try DatasetRegistry.standard()
            if let id {
                let row = Row(id: id, status: "intact", detail: try registry.verify(try registry.resolve(id)))
                return try show([row])
            }
            let rows = try registry.entries.map { try row($0, registry) }
            try show(rows)
            let damaged = rows.filter { $0.status == "damaged" }.map(\.id)
            guard damaged.isEmpty else {
                throw Failure(
                    .environment,
                    "expected intact data sets, found damage in \(damaged.joined(separator: ", ")); "
                        + "remove and fetch them again")
            }
        }

        private func row(_ entry: DatasetEntry, _ registry: DatasetRegistry) throws -> Row {
            do {
                return Row(
                    id: entry.id, status: "intact", detail: try registry.verify(try registry.resolve(entry.id)))
            } catch DatasetError.missing {
                return Row(id: entry.id, status: "missing", detail: entry.remedy)
            } catch let error as DatasetError {
                return Row(id: entry.id, status: "damaged", detail: "\(error)")
            }
        }

        private func show(_ rows: [Row]) throws {
            if json { try Output.json(rows) } else { try Output.table(rows.map { [$0.id, $0.status, $0.detail] }) }
        }
    }
}
