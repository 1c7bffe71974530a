import Foundation
import Tensors
import Testing

@Suite("penumbra audit scores")
struct AuditScoresTests {
    private struct Answer: Decodable {
        struct Bound: Decodable {
            struct Guesses: Decodable {
                var canaries: Int
                var guesses: Int
                var correct: Int
            }
            var method: String
            var epsilon: Double
            var upper: Double?
            var choice: String
            var assumption: String
            var guesses: Guesses?
            var copies: Int?
        }
        var bounds: [Bound]
        var claimed: Double?
        var refuted: Bool?
    }

    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A perfect attack on 200 candidates, every third a member.
    private func perfect(_ change: (inout Safetensors) -> Void = { _ in }) throws -> String {
        let truth = (0..<200).map { $0 % 3 == 0 ? 1.0 : 0 }
        var file = Safetensors(arrays: [
            "scores": Safetensors.Array(truth.enumerated().map { $1 * 10 + Double($0) / 1000 }, shape: [200]),
            "truth": Safetensors.Array(truth, shape: [200]),
        ])
        change(&file)
        let place = scratch.file("scores.safetensors")
        try file.encoded().write(to: place)
        return place.path
    }

    private func csv(_ text: String) throws -> String {
        let place = scratch.file("scores.csv")
        try Data(text.utf8).write(to: place)
        return place.path
    }

    private func audit(_ arguments: [String]) throws -> Program.Outcome {
        try Program.run(["audit", "scores"] + arguments)
    }

    @Test("Every method bounds epsilon and says what it assumes")
    func all() throws {
        let outcome = try audit([try perfect(), "--delta", "1e-5", "--json"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        let answer = try outcome.decoded(Answer.self)
        #expect(
            answer.bounds.map(\.method) == ["clopper-pearson", "gaussian", "one-run", "gaussian-one-run", "bayesian"])
        #expect(answer.bounds.allSatisfy { $0.epsilon > 1.5 && !$0.assumption.isEmpty && $0.copies == nil })
        #expect(answer.refuted == nil)
        let table = try audit([try perfect(), "--delta", "1e-5"]).output.split(separator: "\n")
        #expect(table.count == 6 && table[0].hasPrefix("method") && table[3].contains("guesses right"))
    }

    @Test("A fixed number of guesses is the published bound, and copies divide it")
    func guesses() throws {
        let file = try perfect()
        let common = ["--method", "one-run", "--json", "--guesses", "100"]
        let one = try audit([file, "--delta", "0"] + common).decoded(Answer.self).bounds[0]
        // 100 of 100 guesses right at 95 % and no delta.
        #expect(abs(one.epsilon - 3.4929654311522937) < 1e-8)
        let coins = try #require(one.guesses)
        #expect(coins.canaries == 200 && coins.guesses == 100 && coins.correct == 100)
        let four = try audit([file, "--delta", "0", "--copies", "4"] + common).decoded(Answer.self).bounds[0]
        #expect(abs(4 * four.epsilon - one.epsilon) < 1e-8 && four.copies == 4)
    }

    @Test("A claim that is refuted ends with 3 after the answer, one that is not with 0")
    func claims() throws {
        let file = try perfect()
        let refuted = try audit([file, "--delta", "1e-5", "--epsilon", "1", "--json"])
        #expect(refuted.status == 3 && refuted.errorLines.count == 1)
        #expect(refuted.errors.hasPrefix("penumbra: epsilon 1.0 is refuted: "))
        #expect(try refuted.decoded(Answer.self).refuted == true)
        let held = try audit([file, "--delta", "1e-5", "--epsilon", "8", "--json", "--method", "clopper-pearson"])
        #expect(held.status == 0 && held.errors.isEmpty)
        #expect(try held.decoded(Answer.self).refuted == false)
        // A Gaussian fit above the claim is a warning only.
        let fit = try audit([file, "--delta", "1e-5", "--epsilon", "5", "--json", "--method", "gaussian"])
        #expect(fit.status == 0 && fit.errorLines.count == 1 && fit.errors.contains("the trade-off is Gaussian"))
    }

    @Test("Thresholds come from the file's selection, from halves or from a list")
    func choices() throws {
        let file = try perfect { file in
            file.arrays["selection_scores"] = file.arrays["scores"]
            file.arrays["selection_truth"] = file.arrays["truth"]
        }
        func choice(_ options: [String]) throws -> String {
            try audit([file, "--delta", "1e-5", "--method", "clopper-pearson", "--json"] + options)
                .decoded(Answer.self).bounds[0].choice
        }
        #expect(try choice([]) == "threshold from other scores")
        #expect(try choice(["--choose", "halves"]) == "threshold from the other half")
        #expect(try choice(["--choose", "bonferroni"]).contains("fixed beforehand, error shared"))
        let without = try audit([try perfect(), "--delta", "1e-5", "--choose", "selection"])
        #expect(without.status == 2 && without.errors.contains("selection_scores"))
    }

    @Test("A table of commas is read as well")
    func table() throws {
        let rows = (0..<100).map { "\($0 % 2),\(Double($0 % 2) + Double($0) / 1000)" }
        let file = try csv("truth,score\n" + rows.joined(separator: "\n") + "\n")
        let answer = try audit([file, "--delta", "0", "--method", "clopper-pearson", "--json"]).decoded(Answer.self)
        #expect(answer.bounds[0].epsilon > 1)
    }

    @Test("Bad input is one line and exit code 2")
    func badInput() throws {
        let file = try perfect()
        let cases: [([String], String)] = [
            ([file, "--delta", "1"], "delta"), ([file, "--delta", "1e-5", "--confidence", "1"], "confidence"),
            ([file, "--delta", "1e-5", "--method", "best"], "clopper-pearson"),
            ([file, "--delta", "1e-5", "--method", "one-run", "--guesses", "201"], "guesses"),
            ([file, "--delta", "1e-5", "--copies", "0"], "group"),
            ([file, "--delta", "1e-5", "--epsilon", "-1"], "epsilon"),
            ([scratch.file("none").path, "--delta", "1e-5"], "cannot read"),
            ([try csv("a,b\n1,2\n"), "--delta", "1e-5"], "score and truth"),
        ]
        for (arguments, says) in cases {
            let outcome = try audit(arguments)
            #expect(outcome.status == 2 && outcome.errorLines.count == 1, "\(arguments): \(outcome)")
            #expect(outcome.errors.contains(says), "\(arguments): \(outcome.errors)")
        }
        let unpaired = try audit([
            try perfect { $0.arrays["selection_scores"] = $0.arrays["scores"] }, "--delta", "1e-5",
        ])
        #expect(unpaired.status == 2 && unpaired.errors.contains("selection_truth"))
    }
}
