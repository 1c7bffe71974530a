import ArgumentParser
import ThreatModel

/// The catalogue of output defences and monitors.
struct Defences: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the output defences and the monitors of queries, from their cards.",
        discussion: """
            A defence or a monitor is written NAME or NAME=NUMBER[,NUMBER] on a command line; in a spec as a word, or as \
            a key with a number or a list of numbers.
            """)
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Print two Markdown tables.") var markdown = false

    /// What `--json` prints.
    private struct Catalogue: Encodable {
        let defences = DefenceSpec.cards
        let monitors = MonitorSpec.cards
    }

    func validate() throws {
        if json && markdown { throw ValidationError("expected one of --json and --markdown, found both") }
    }

    func run() throws {
        if json { return try Output.json(Catalogue()) }
        let (defences, monitors) = (DefenceSpec.cards.map(Self.facts), MonitorSpec.cards.map(Self.facts))
        if markdown {
            try Output.result(Self.markdown("Defence", defences))
            return try Output.result("\n" + Self.markdown("Monitor", monitors))
        }
        for (id, facts) in defences + monitors {
            try Output.result(id)
            try Output.table(facts.filter { !$0.1.isEmpty }.map { ["   \($0.0.lowercased())", $0.1] })
        }
    }

    private static func facts(_ card: DefenceCard) -> (id: String, facts: [(String, String)]) {
        (
            card.id,
            [
                ("Does", card.summary), ("Numbers", words(card.values)), ("Changes", words(card.touches)),
                ("Hides", words(card.hides)), ("Leaves", card.leaves), ("Paper", card.paper),
                ("Deviations", card.deviations),
            ]
        )
    }

    private static func facts(_ card: MonitorCard) -> (id: String, facts: [(String, String)]) {
        (
            card.id,
            [
                ("Watches", card.summary), ("Numbers", words(card.values)), ("Operations", words(card.watches)),
                ("Knowledge", card.knowledge), ("False alarms", card.falseAlarms), ("Paper", card.paper),
                ("Deviations", card.deviations),
            ]
        )
    }

    private static func words(_ values: [ValueCard]) -> String { values.map(\.expectation).joined(separator: "; ") }

    private static func words(_ operations: [ThreatModel.Operation]) -> String {
        operations.map(\.rawValue).joined(separator: ", ")
    }

    private static func markdown(_ kind: String, _ cards: [(id: String, facts: [(String, String)])]) -> String {
        let head = [kind] + (cards.first?.facts.map(\.0) ?? [])
        let rows = cards.map { ["`\($0.id)`"] + $0.facts.map { $0.1.replacing("|", with: "\\|") } }
        return ([head, head.map { _ in "---" }] + rows).map { "| \($0.joined(separator: " | ")) |" }
            .joined(separator: "\n")
    }
}
