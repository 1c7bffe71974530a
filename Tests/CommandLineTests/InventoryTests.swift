import Foundation
import Testing

@Suite("Inventories")
struct InventoryTests {
    @Test("--version names the core of the linear algebra")
    func version() throws {
        let outcome = try Program.run(["--version"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        #expect(outcome.output.contains("OpenBLAS core "))
    }

    @Test("help is a result, and ends with 0", arguments: [["--help"], ["help", "score"], ["account"], []])
    func help(arguments: [String]) throws {
        let outcome = try Program.run(arguments)
        #expect(outcome.status == 0 && outcome.errors.isEmpty && outcome.output.contains("USAGE: penumbra"))
    }

    @Test("attacks are listed with their papers, and as one row each of a Markdown table")
    func attacks() throws {
        struct Card: Decodable {
            var id: String
            var paper: String
        }
        let cards = try Program.run(["attacks", "--json"]).decoded([Card].self)
        #expect(cards.contains { $0.id == "lira-online" && $0.paper.contains("Carlini") })
        let lines = try Program.run(["attacks", "--markdown"]).output.split(separator: "\n")
        #expect(lines.count == cards.count + 2)
        #expect(lines.dropFirst(2).map { $0.split(separator: "`")[1] } == cards.map { Substring($0.id) })
    }

    @Test("committed data are listed, intact and described")
    func datasets() throws {
        struct Entry: Decodable {
            var id: String
            var isPresent: Bool
        }
        let listed = try Program.run(["datasets", "list", "--json"]).decoded([Entry].self)
        #expect(listed.contains { $0.id == "sotu-excerpt" && $0.isPresent })
        let verified = try Program.run(["datasets", "verify", "sotu-excerpt"])
        #expect(verified.status == 0 && verified.output.contains("intact"))
        let facts = try Program.run(["datasets", "describe", "fashion-mnist-small", "--json"])
            .decoded([String: String].self)
        #expect(facts["records"] == "5000" && facts["classes"] == "10")
    }

    @Test("doctor gives every check one line, and says by its exit code whether all is well")
    func doctor() throws {
        struct Finding: Decodable {
            var subject: String
            var isHealthy: Bool
            var detail: String
        }
        let outcome = try Program.run(["doctor", "--json"])
        let findings = try outcome.decoded([Finding].self)
        #expect(findings.contains { $0.subject == "BLAS" && $0.isHealthy })
        #expect(findings.allSatisfy { !$0.detail.contains("\n") })
        #expect(outcome.status == (findings.allSatisfy(\.isHealthy) ? 0 : 1))
        let unwritable = try Program.run(["doctor", "--runs", "/proc/runs"])
        #expect(unwritable.status == 1 && unwritable.errorLines.count == 1)
    }
}
