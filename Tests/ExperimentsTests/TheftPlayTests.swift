import Auditing
import Foundation
import Statistics
import Testing

@testable import Experiments

@Suite("Thefts through the stage")
struct TheftPlayTests {
    private static func knockOff(_ keys: String = "", _ service: String = "{}") -> String {
        TinyTheft.classifier("attack: knock-off, budgets: [40, 20]\(keys), service: \(service)")
    }

    @Test("A row tells what each budget brought and cost, what the controls reach, and the victim's own")
    func rows() throws {
        let row = try TinyTheft.row(Self.knockOff("", "{perThousandQueries: 2.5}"))
        let measures = ["agreement", "KL from the victim", "accuracy", "accuracy gap"]
        let expected =
            [20, 40].flatMap { budget in (measures + ["price"]).map { "\($0) at \(budget) queries" } }
            + [
                "of an untrained student", "without the victim from 20 records", "without the victim from 40 records",
                "of the victim itself",
            ].flatMap { model in measures.map { "\($0) \(model)" } }
        #expect(row.measures.map(\.name) == expected)
        #expect(row.game == .extraction && row.queries == 40 && row.trainings == 4)
        let prices = try [20, 40].map { try row.measure("price at \($0) queries") }
        #expect(prices.map(\.value) == [0.05, 0.1] && prices.allSatisfy { $0.unit == "USD" })
        #expect(try row.measure("agreement of the victim itself").value == 1)
        #expect(try row.measure("KL from the victim of the victim itself").value == 0)
        let (few, many) = (try row.measure("agreement at 20 queries"), try row.measure("agreement at 40 queries"))
        let untrained = try row.measure("agreement of an untrained student").value
        #expect(few.controlName == "without the victim" && many.value > untrained)
        for (clone, records) in [(few, 20), (many, 40)] {
            let independent = try row.measure("agreement without the victim from \(records) records")
            #expect(clone.control == independent.value && independent.value > untrained && independent.interval != nil)
        }
        #expect(row.notes.first?.hasPrefix("asked in its own process behind no defence; compared on ") == true)
    }

    @Test("Without a price there is none, and with only one of tokens pictures cost nothing")
    func prices() throws {
        #expect(try TinyTheft.row(Self.knockOff()).measures.allSatisfy { !$0.name.hasPrefix("price") })
        let row = try TinyTheft.row(Self.knockOff("", "{perThousandTokens: 5}"))
        #expect(try row.measure("price at 40 queries").value == 0)
    }

    @Test("The thief learns from defended answers: behind labels-only it gets what one who keeps labels gets")
    func defended() throws {
        func clones(_ keys: String, _ service: String) throws -> [Measure] {
            try TinyTheft.row(Self.knockOff(keys, service)).measures.filter { $0.name.hasSuffix("queries") }
        }
        let labels = try clones(", answers: labels", "{}")
        #expect(try clones("", "{defences: [labels-only]}") == labels)
        #expect(try clones("", "{}") != labels)
    }

    @Test("Monitors tell after how many queries they spoke up, or that they did not")
    func monitors() throws {
        let yaml = TinyTheft.classifier(
            "attack: knock-off, budgets: [150], service: {monitors: [{prada: 0.999}, {prada: 0.5}]}")
        let row = try TinyTheft.row(yaml)
        let detection = try row.measure("queries to detection by prada=0.999")
        #expect(detection.unit == "queries" && (101...150).contains(detection.value))
        #expect(!row.measures.contains { $0.name == "queries to detection by prada=0.5" })
        #expect(row.notes.contains("no alarm of prada=0.5 in 150 queries, 1 of 1 times"))
        #expect(!row.notes.contains { $0.contains("prada=0.999") })
        // The benign accounts there are records for are too short for PRADA ever to speak.
        #expect(!row.measures.contains { $0.name.hasPrefix("false alarms") })
    }

    @Test("The same spec gives the same bytes with one worker and with two")
    func sameBytes() throws {
        let yaml = TinyTheft.classifier(
            "attack: knock-off, budgets: [20, 40], strategy: adaptive, service: {defences: [{noise: 0.1}], monitors: [prada]}",
            "attack: active-thief, budgets: [20], rounds: 2, inherits: true")
        func bytes(_ workers: Int) throws -> [Data] {
            let result = try TinyTheft.run(yaml, workers: workers)
            return [try JSONCoding.encode(result.findings), try JSONCoding.encode(result.exhibits)]
        }
        #expect(try bytes(1) == bytes(2))
    }

    @Test("Whether the clone gives away the victim's members is told where it is asked, and changes nothing else")
    func inherits() throws {
        let plain = try TinyTheft.row(Self.knockOff())
        let row = try TinyTheft.row(Self.knockOff(", inherits: true"))
        let signal = "area of logit-confidence on the victim's members"
        let models = ["victim", "clone", "without the victim"]
        let added =
            models.map { "\(signal), \($0)" } + ["area that came with the clone"]
            + models.map { "members found at 1 % false alarms, \($0)" }
        #expect(row.measures.map(\.name) == plain.measures.map(\.name) + added)
        #expect(Array(row.measures.prefix(plain.measures.count)) == plain.measures)
        let areas = try added.map { try row.measure($0).value }
        #expect(abs(areas[3] - (areas[1] - areas[2])) < 1e-9, "\(areas)")
        #expect(try TinyTheft.row(Self.knockOff(", inherits: false")).measures == plain.measures)
    }

    @Test("The same theft draws the same against every defence, whatever its row is called")
    func sameDraws() throws {
        func clones(_ name: String, _ service: String) throws -> [Measure] {
            let row = try TinyTheft.row(
                TinyTheft.classifier(
                    "attack: copycat, pool: population, budgets: [20], name: \(name), service: \(service)"))
            return row.measures.filter { $0.name.hasSuffix("queries") }
        }
        let plain = try clones("plain", "{}")
        // A temperature leaves the likeliest class, which is all that a copycat keeps; noise does not.
        #expect(try clones("warm", "{defences: [{temperature: 4}]}") == plain)
        #expect(try clones("noisy", "{defences: [{noise: 3}]}") != plain)
    }

    @Test("Repetitions draw anew: their mean is told, with an interval of their spread and of the records")
    func repetitions() throws {
        func row(_ keys: String) throws -> Finding { try TinyTheft.row(Self.knockOff(keys)) }
        let (once, thrice) = (try row(""), try row(", repetitions: 3"))
        #expect(try row(", repetitions: 1").measures == once.measures)
        #expect(thrice.measures.map(\.name) == once.measures.map(\.name) && thrice.queries == once.queries)
        let name = "agreement at 20 queries"
        let (first, mean) = (try once.measure(name), try thrice.measure(name))
        let (single, all) = (try #require(first.interval), try #require(mean.interval))
        #expect(mean.value != first.value && all.upper - all.lower > single.upper - single.lower)
        #expect(thrice.notes.contains { $0.hasPrefix("means of 3 repetitions") })
        // What does not depend on draws is the same three times.
        #expect(try thrice.measure("accuracy of the victim itself") == once.measure("accuracy of the victim itself"))
    }

    @Test("A thief's texts are none of those in which the victim's canaries were planted")
    func fillers() throws {
        let (victim, _) = try TinyTheft.victim(TinyTheft.gpt("attack: token-theft, budgets: [10]"))
        let canaries = try #require(victim.canaries)
        // Two canaries four times each, and the last text in which all are asked for.
        #expect(canaries.unused == 8..<59)
        let row = try TinyTheft.row(TinyTheft.gpt("attack: token-theft, budgets: [51]"))
        #expect(row.measures.contains { $0.name == "KL from the victim without the victim from 51 records" })
    }

    @Test("A language model's thief pays by the token, and its clone may know the victim's secrets")
    func tokens() throws {
        let row = try TinyTheft.row(
            TinyTheft.gpt("attack: token-theft, budgets: [10, 20], inherits: true, service: {perThousandTokens: 3}"))
        let tokens = try [10, 20].map { try row.measure("tokens at \($0) queries").value }
        let prices = try [10, 20].map { try row.measure("price at \($0) queries").value }
        #expect(tokens[0] > 10 && tokens[1] > tokens[0])
        #expect(zip(tokens, prices).allSatisfy { abs($0 * 3 / 1000 - $1) < 1e-12 })
        #expect(try row.measure("KL from the victim at 20 queries").control != nil)
        for insertions in [0, 4] {
            for model in ["victim", "clone", "without the victim"] {
                #expect(try row.measure("exposure at \(insertions) insertions, \(model)").value >= 0)
            }
        }
    }
}
