import ArgumentParser
import Experiments
import ThreatModel

/// The catalogue of attacks.
struct Attacks: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the attacks, from their cards.")
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Print a Markdown table.") var markdown = false

    func validate() throws {
        if json && markdown { throw ValidationError("expected one of --json and --markdown, found both") }
    }

    func run() throws {
        let cards = AttackCatalogue.cards
        if json { return try Output.json(cards) }
        if markdown { return try Output.result(Self.markdown(cards)) }
        for card in cards {
            try Output.result(card.id)
            let facts = [
                ("does", card.summary), ("paper", card.paper), ("families", card.families.joined(separator: ", ")),
                ("access", card.access), ("knowledge", card.knowledge), ("queries", card.queries),
                ("trainings", card.trainings), ("deviations", card.deviations),
            ]
            try Output.table(facts.filter { !$0.1.isEmpty }.map { ["   \($0.0)", $0.1] })
        }
    }

    private static func markdown(_ cards: [AttackCard]) -> String {
        let head = [
            "Attack", "What it does", "Paper", "Families", "Access", "Knowledge", "Queries", "Trainings", "Deviations",
        ]
        let rows = cards.map { card in
            [
                "`\(card.id)`", card.summary, card.paper, card.families.joined(separator: ", "), card.access,
                card.knowledge, card.queries, card.trainings, card.deviations,
            ].map { $0.replacing("|", with: "\\|") }
        }
        return ([head, head.map { _ in "---" }] + rows).map { "| \($0.joined(separator: " | ")) |" }
            .joined(separator: "\n")
    }
}
