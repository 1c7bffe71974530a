import Foundation
import Testing

@Suite("penumbra compare")
struct CompareTests {
    private struct Answer: Decodable {
        struct Side: Decodable {
            var value: Double?
        }
        struct Number: Decodable {
            var name: String
            var first: Side
            var second: Side
            var isApart: Bool?
        }
        struct Row: Decodable {
            var id: String
            var numbers: [Number]
        }
        struct Condition: Decodable {
            var name: String
        }
        var rows: [Row]
        var onlyInFirst: [String]
        var onlyInSecond: [String]
        var conditions: [Condition]
    }

    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try write("old", seed: 1, rows: [("vae/lira", 0.8), ("vae/loss", 0.6)])
        try write("new", seed: 2, rows: [("vae/lira", 0.6)])
    }

    /// A findings.json of an older program: none of the newer numbers.
    private func write(_ name: String, seed: Int, rows: [(id: String, auc: Double)]) throws {
        let utility = #"{"metric": "loss", "unit": "nats", "training": 1, "heldOut": 2, "others": []}"#
        let graded = rows.map { row in
            let ends = #""interval": {"lower": \#(row.auc - 0.05), "upper": \#(row.auc + 0.05), "confidence": 0.95}"#
            return """
                {"id": "\(row.id)", "victim": "vae", "family": "vae", "defence": "none", "game": "membership",
                 "attack": "lira", "signal": "", "measures": [], "queries": 1, "trainings": 0, "utility": \(utility),
                 "isControl": false, "notes": [], "membership": {"members": 9, "nonMembers": 9,
                  "auc": {"value": \(row.auc), \(ends)}, "operatingPoints": [], "balancedAccuracy": 0.5}}
                """
        }
        let json = """
            {"name": "\(name)", "seed": \(seed), "spec": "ab", "environment": {}, "datasets": [], "victims": [],
             "relations": [], "assumptions": [], "rows": [\(graded.joined(separator: ","))]}
            """
        let folder = scratch.file(name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(json.utf8).write(to: folder.appending(path: "findings.json"))
    }

    @Test("takes a folder, a file and the name of a run")
    func places() throws {
        let old = scratch.file("old").path
        let file = scratch.file("new/findings.json").path
        for names in [[old, file], ["old", "new", "--runs", scratch.url.path]] {
            let outcome = try Program.run(["compare"] + names)
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
            #expect(outcome.output.contains("0.800 [0.750, 0.850]  0.600 [0.550, 0.650]"))
            #expect(outcome.output.contains("apart") && outcome.output.contains("only in the first: vae/loss"))
            #expect(outcome.output.hasSuffix("seed: 1 / 2\n"))
        }
    }

    @Test("prints JSON on demand")
    func json() throws {
        let answer = try Program.run(["compare", scratch.file("old").path, scratch.file("new").path, "--json"])
            .decoded(Answer.self)
        #expect(answer.rows.map(\.id) == ["vae/lira"] && answer.onlyInFirst == ["vae/loss"])
        #expect(answer.onlyInSecond.isEmpty && answer.conditions.map(\.name) == ["seed"])
        let area = try #require(answer.rows[0].numbers.first)
        #expect(area.name == "AUC" && area.first.value == 0.8 && area.second.value == 0.6 && area.isApart == true)
    }

    @Test("a run with two rows of one identifier ends with 2 and one line")
    func repeated() throws {
        try write("twice", seed: 1, rows: [("a", 0.5), ("a", 0.6)])
        let outcome = try Program.run(["compare", scratch.file("twice").path, scratch.file("new").path])
        #expect(outcome.status == 2 && outcome.output.isEmpty && outcome.errorLines.count == 1)
        #expect(outcome.errors.contains("two rows 'a'"))
    }
}
