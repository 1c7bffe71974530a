import Accounting
import Auditing
import Datasets
import Foundation
import Mechanisms
import Models
import Store
import Testing
import Training

@testable import Experiments

@Suite("A tokeniser of byte pairs")
struct TokeniserSpecTests {
    private static let yaml = TinyExperiment.head + TinyExperiment.gpt
    private static let bytePairs = "text.tokeniser={bpe: 60}"

    private func plan(_ yaml: String = yaml, _ settings: String...) throws -> Plan {
        try TinyExperiment.plan(yaml, setting: [Self.bytePairs] + settings)
    }

    @Test("It is written as characters or {bpe: merges}, and comes back equal")
    func written() throws {
        func read(_ value: String) throws -> TokeniserSpec? {
            try TinyExperiment.spec(setting: ["text.tokeniser=\(value)"]).text?.tokeniser
        }
        #expect(try read("characters") == .characters && read("{bpe: 1024}") == .bytePairs(merges: 1024))
        #expect(try TinyExperiment.spec(setting: ["text.tokeniser.bpe=7"]).text?.tokeniser == .bytePairs(merges: 7))
        #expect(try TinyExperiment.spec().text?.tokeniser == nil)
        for spec in [TokeniserSpec.characters, .bytePairs(merges: 12)] {
            #expect(try JSONDecoder().decode([TokeniserSpec].self, from: JSONEncoder().encode([spec])) == [spec])
        }
    }

    @Test(
        "Anything else is refused in one line that says what may stand there",
        arguments: [
            ("bpe", "text.tokeniser: expected characters or {bpe: 1024}, found 'bpe'"), ("1024", "found '1024'"),
            ("{bep: 9}", "text.tokeniser: unknown key 'bep'; did you mean 'bpe'?"),
            ("{}", "text.tokeniser.bpe: required, and missing"), ("[9]", "text.tokeniser: expected a mapping"),
            ("{bpe: 0}", "text.tokeniser.bpe: expected a number from 1 to 65280, found 0"),
            ("{bpe: many}", "text.tokeniser.bpe: expected an integer"),
        ])
    func refused(_ value: String, says: String) throws {
        let error = #expect(throws: SpecError.self) {
            try TinyExperiment.spec(setting: ["text.tokeniser=\(value)"])
        }
        let line = error?.description ?? ""
        #expect(line.contains(says) && !line.contains("\n"), "\(line)")
    }

    @Test("Windows are tokens of the text as it is; other merges change every key of text; characters change none")
    func keys() throws {
        let base = try TinyExperiment.keys(Self.yaml)
        let text = Set(base.keys.filter { $0.contains("gpt") })
        func changed(_ value: String, from base: [String: Key]) throws -> Set<String> {
            let keys = try TinyExperiment.keys(Self.yaml, setting: ["text.tokeniser=\(value)"])
            return Set(keys.keys.filter { base[$0] != keys[$0] })
        }
        #expect(try changed("characters", from: base).isEmpty)
        #expect(try changed("{bpe: 60}", from: base) == text)
        #expect(try changed("{bpe: 61}", from: try plan().keys) == text)
    }

    @Test("Records are windows of so many tokens, of a tokeniser that saw the whole text")
    func records() throws {
        let split = try #require(try plan().data["text"])
        let tokeniser = try #require(split.tokeniser)
        #expect(split.finding.record == "a disjoint window of 32 tokens" && tokeniser.count == 256 + 60)
        #expect(split.candidates.window == 32 && split.candidates.tokens.contains { $0 > 255 })
        let corpus = try TinyExperiment.registry().text("sotu-excerpt").content
        #expect(tokeniser == .bytePairs(try BytePairTokeniser(corpus: corpus, merges: 60)))
        let window = try tokeniser.decode(split.candidates.tokens.prefix(32))
        #expect(window.count > 32 && corpus.documents.contains { $0.text.contains(window) })
    }

    @Test("Canaries are planted as often as asked, and candidates for a secret differ in its digits alone")
    func canaries() throws {
        let plan = try plan()
        let planted = try #require(plan.victims.first { $0.spec.id == "gpt" }?.canaries)
        let tokeniser = try #require(plan.data["text"]?.tokeniser)
        let window = planted.canaries.window
        func rows(_ tokens: [Int32], _ window: Int) -> [ArraySlice<Int32>] {
            stride(from: 0, to: tokens.count, by: window).map { tokens[$0..<$0 + window] }
        }
        let asked = rows(planted.canaries.tokens, window)
        #expect(planted.alternatives.window == window && asked.count == 6)
        let all = asked + rows(planted.alternatives.tokens, window)
        #expect(Set(all.map { Array($0.dropLast(4)) }).count == 1, "only the secret differs")
        #expect(all.allSatisfy { $0.suffix(4).allSatisfy { (48...57).contains($0) } } && Set(all).count == 26)
        let windows = rows(planted.windows.tokens, 32)
        #expect(windows.count == 8)
        #expect(windows.allSatisfy { $0.prefix(window).suffix(4).allSatisfy { (48...57).contains($0) } })
        let inserted = try windows.map { try tokeniser.decode($0) }
        for (canary, count) in zip(asked, planted.insertions) {
            let text = try tokeniser.decode(canary).suffix(16)
            #expect(text.hasPrefix("the code is ") && inserted.count { $0.contains(" \(text) ") } == count)
        }
    }

    @Test("A canary that is too long for the window is told in tokens")
    func tooLong() throws {
        let error = #expect(throws: DatasetError.self) {
            try plan(Self.yaml, #"victims.0.canaries.pattern="zyx wvu tsr qpo nml kji hgf edc ba ####""#)
        }
        #expect(error?.description.contains("tokens, but found 32") == true)
    }

    @Test("Epsilon says that it does not cover what the tokeniser learned; with characters there is nothing to say")
    func privacy() throws {
        let yaml = Self.yaml + "  - {id: private, like: gpt, privacy: {epsilon: 8, delta: 0.001}, attacks: []}\n"
        func statement(_ plan: Plan) throws -> EpsilonStatement {
            let victim = try #require(plan.victims.first { $0.spec.id == "private" })
            let privacy = try #require(victim.recipe.privacy)
            return try #require(
                try victim.epsilonStatement(
                    PrivacyLedger(
                        .dpSGD(rate: 0.1, noiseMultiplier: Double(privacy.noiseMultiplier), steps: 3))))
        }
        #expect(try statement(plan(yaml)).assumptions["tokeniser"]?.contains("epsilon does not cover") == true)
        #expect(try statement(TinyExperiment.plan(yaml)).assumptions["tokeniser"] == nil)
    }

    @Test("A run's findings count in tokens, compare per character, and say how many merges were made")
    func run() throws {
        let plan = try plan()
        let scratch = try Scratch()
        let findings = try plan.assemble(try plan.run(in: scratch.file("store")).artefacts).findings
        let utility = try #require(findings.victims.first { $0.id == "gpt" }?.utility)
        #expect(utility.unit == "nats per token")
        let perCharacter = try #require(utility.others.first { $0.name == "held out, per character" })
        // Sixty merges make a token of about 1.7 characters.
        #expect((0.4...0.8).contains(perCharacter.value / utility.heldOut))
        #expect(findings.assumptions.contains { $0.hasPrefix("Tokens are 60 byte pairs (60 asked for)") })
        #expect(findings.rows.contains { $0.attack == "prefix-continuation" && !$0.measures.isEmpty })
    }
}
