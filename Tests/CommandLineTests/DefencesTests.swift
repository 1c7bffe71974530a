import Foundation
import Testing

@Suite("penumbra defences")
struct DefencesTests {
    private struct Catalogue: Decodable {
        struct Card: Decodable {
            var id: String
            var paper: String
        }
        var defences: [Card]
        var monitors: [Card]
    }

    @Test("defences and monitors are listed with their papers, and as one row each of two Markdown tables")
    func catalogue() throws {
        let cards = try Program.run(["defences", "--json"]).decoded(Catalogue.self)
        #expect(cards.defences.contains { $0.id == "reverse-sigmoid" && $0.paper.contains("Lee") })
        #expect(cards.monitors.contains { $0.id == "prada" && $0.paper.contains("Juuti") })
        let lines = try Program.run(["defences", "--markdown"]).output.split(separator: "\n")
        let ids = lines.filter { $0.hasPrefix("| `") }.map { String($0.split(separator: "`")[1]) }
        #expect(ids == (cards.defences + cards.monitors).map(\.id))
        #expect(lines.count == ids.count + 4)
    }

    @Test("the text names each one's numbers with their range")
    func text() throws {
        let outcome = try Program.run(["defences"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        #expect(outcome.output.contains("decimals: a whole number from 0 to 6"))
        #expect(outcome.output.contains("n: a whole number from 2 to 256 (default 10)"))
    }

    @Test("both forms at once are refused with 2")
    func both() throws {
        #expect(try Program.run(["defences", "--json", "--markdown"]).status == 2)
    }
}
