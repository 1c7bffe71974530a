import ArgumentParser
import Auditing
import Foundation
import Reporting

/// Two finished runs side by side.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sets two finished runs side by side.",
        discussion: """
            Rows are matched by identifier. Each number stands with its interval, and the difference with one that takes the \
            runs to be independent; runs of one seed share data and noise, so that their difference is better known than that.
            """)

    @Argument(help: "The first run: its folder, its name in --runs, or a findings.json.")
    var first: String

    @Argument(help: "The second run.")
    var second: String

    @Option(help: "The folder of runs, where names are looked up.")
    var runs = "runs"

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let comparison = try compared()
        if json { return try Output.json(comparison) }
        // The text ends with a line break, and so does every result.
        let text = ComparisonTable.text(comparison, first: first, second: second)
        try Output.result(String(text.dropLast()))
    }

    private func compared() throws -> RunComparison {
        do {
            return try RunComparison(try findings(first), try findings(second))
        } catch let error as RunComparisonError {
            throw Failure(.badInput, "\(first), \(second): \(error)")
        }
    }

    /// Reads a folder or file; what is neither is a name of a run.
    private func findings(_ run: String) throws -> Findings {
        let named = URL(filePath: runs).appending(path: run)
        let places = [URL(filePath: run)] + [URL(filePath: run), named].map { $0.appending(path: "findings.json") }
        let found = places.lazy.compactMap { place in
            FileManager.default.contents(atPath: place.path).map { (place, $0) }
        }
        guard let (file, data) = found.first else {
            throw Failure(
                .badInput,
                "\(run): expected a finished run, found no findings.json there or in \(named.path); run it first")
        }
        do {
            return try FindingsJSON.decode(data)
        } catch {
            throw Failure(.badInput, "\(file.path): expected the findings of a run, found something else; run it again")
        }
    }
}
