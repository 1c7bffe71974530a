import Foundation
import Testing

@Suite("Benchmarks")
struct BenchTests {
    @Test("are listed with their peers")
    func list() throws {
        let outcome = try Program.run(["bench", "list"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        for name in ["shadow-lira-16", "gpt-train", "dpsgd-mlp"] { #expect(outcome.output.contains(name)) }
    }

    @Test("a worker prints one line of JSON and nothing else")
    func worker() throws {
        let outcome = try Program.run(["bench", "worker", "dpsgd-mlp", "--threads", "1", "--brief"])
        #expect(outcome.status == 0 && outcome.output.split(separator: "\n").count == 1)
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect(try #require(report["items_per_second"] as? Double) > 0)
        #expect(report["blas_core"] is String && report["threads"] as? Int == 1)
    }

    @Test("without a peer show our side, and write an object for each case")
    func alone() throws {
        let scratch = try Scratch()
        let file = scratch.file("bench.json")
        let outcome = try Program.run(
            ["bench", "dpsgd-mlp", "gpt-generate-1", "--repeats", "1", "--brief", "--json", file.path])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("gpt-generate-1, tokens"))
        let array = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [[String: Any]])
        #expect(array.map { $0["case"] as? String } == ["dpsgd-mlp", "gpt-generate-1"])
        for object in array { #expect(object["ours"] is Double && object["ratio"] is NSNull) }
    }

    @Test("of scoring show both precisions beside reading")
    func score() throws {
        let outcome = try Program.run(["bench", "score", "--records", "500", "--models", "4"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true)
        }
        #expect(lines.dropFirst().map { $0[0] } == ["F32", "F64"])
        for line in lines.dropFirst() { #expect(line.count == 8 && Double(line[5]).map { $0 > 0 } ?? false) }
    }

    @Test("of privacy show a private step beside a plain one")
    func privacy() throws {
        let outcome = try Program.run(["bench", "privacy", "dpsgd-mlp", "--pairs", "1", "--threads", "1", "--brief"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 3 && lines[1].hasPrefix("dpsgd-mlp") && lines[1].contains("≤ 1.4"))
        let other = try Program.run(["bench", "privacy", "gpt-train"])
        #expect(other.status == 2 && other.errors.contains("expected a case among dpsgd-mlp, "))
    }

    @Test("results that cannot be written end with 1 before anything is measured")
    func unwritable() throws {
        let outcome = try Program.run(["bench", "dpsgd-mlp", "--json", "/nowhere/bench.json"])
        #expect(outcome.status == 1 && outcome.errors.contains("/nowhere/bench.json"))
        #expect(!outcome.errors.contains("1/3"))
    }
}
