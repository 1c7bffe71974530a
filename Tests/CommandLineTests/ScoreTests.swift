import Foundation
import Tensors
import Testing

@Suite("penumbra score")
struct ScoreTests {
    struct Answer: Decodable {
        struct Estimate: Decodable {
            var value: Double
        }
        struct Point: Decodable {
            var target: Double
            var truePositiveRate: Estimate
            var resolution: String
        }
        struct Grade: Decodable {
            var members: Int
            var nonMembers: Int
            var auc: Estimate
            var operatingPoints: [Point]
            var balancedAccuracy: Double
        }
        var attack: String
        var settings: [String: String]
        var signal: String?
        var scores: [Double]
        var grade: Grade?
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var golden: String
        var attack: String
        var settings: [String] = []
        var file = ScoreFiles.signals
        /// Minus one where the reference counts the other way.
        var sign = 1.0
        var testDescription: String { golden }

        var arguments: [String] { ["--attack", attack] + settings.flatMap { ["--set", $0] } }
    }

    static let cases = [
        Case(golden: "yeom_score", attack: "loss-threshold"),
        Case(golden: "attack_p", attack: "attack-p"),
        Case(golden: "attack_r", attack: "attack-r"),
        Case(golden: "lira_online_per_example", attack: "lira-online", settings: ["variance=per-record"]),
        Case(
            golden: "lira_online_per_example_median", attack: "lira-online",
            settings: ["variance=per-record", "centre=median"]),
        Case(golden: "lira_online_fixed_pooled", attack: "lira-online", settings: ["variance=pooled"]),
        Case(golden: "lira_online_fixed_raw", attack: "lira-online", settings: ["variance=grand"]),
        Case(golden: "lira_offline_per_example", attack: "lira-offline", settings: ["variance=per-record"]),
        Case(golden: "lira_offline_fixed_pooled", attack: "lira-offline"),
        Case(
            golden: "lira_offline_fixed_raw", attack: "lira-offline", settings: ["variance=grand", "score=probability"]),
        Case(
            golden: "lira_offline_z_per_example", attack: "lira-offline",
            settings: ["variance=per-record", "score=standardised"]),
        Case(golden: "lira_offline_z_fixed_pooled", attack: "lira-offline", settings: ["score=standardised"]),
        Case(
            golden: "lira_offline_z_fixed_raw", attack: "lira-offline",
            settings: ["variance=grand", "score=standardised"]),
        Case(golden: "rmia_online", attack: "rmia-online"),
        Case(golden: "rmia_offline", attack: "rmia-offline", settings: ["a=0.3"]),
        Case(golden: "rmia_offline_scaled_z", attack: "rmia-offline", settings: ["a=0.3", "scaleZ=true"]),
        Case(
            golden: "rmia_offline_scaled_z_gamma1", attack: "rmia-offline",
            settings: ["a=0.3", "scaleZ=true", "gamma=1", "strict=true"]),
        // The references are the measures themselves: of a member the entropy is low.
        Case(golden: "entropy", attack: "entropy", file: .answers, sign: -1),
        Case(golden: "entropy", attack: "ml-leaks-3", settings: ["statistic=entropy"], file: .answers, sign: -1),
        Case(golden: "mod_entropy", attack: "modified-entropy", file: .answers, sign: -1),
        Case(golden: "mink_0.1", attack: "min-k", settings: ["fraction=0.1"], file: .texts),
        Case(golden: "mink_0.2", attack: "min-k", file: .texts),
        Case(golden: "mink_0.5", attack: "min-k", settings: ["fraction=0.5"], file: .texts),
        Case(golden: "minkpp_0.1", attack: "min-k-plus-plus", settings: ["fraction=0.1"], file: .texts),
        Case(golden: "minkpp_0.2", attack: "min-k-plus-plus", file: .texts),
        Case(golden: "minkpp_0.5", attack: "min-k-plus-plus", settings: ["fraction=0.5"], file: .texts),
        // The reference is the loss per byte, which is low for members.
        Case(golden: "zlib_ratio", attack: "zlib", file: .texts, sign: -1),
    ]

    static let rates = ["0.001", "0.01", "0.05", "0.1"]

    @Test("reproduces the reference scores, to standard output and to --out", arguments: cases)
    func scores(_ subject: Case) throws {
        let scratch = try Scratch()
        let out = scratch.file("scores.safetensors")
        let outcome = try Program.run(
            ["score", subject.file.write(to: scratch).path, "--json", "--out", out.path] + subject.arguments)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        let answer = try outcome.decoded(Answer.self)
        let expected = try Golden.arrays("scores").array(subject.golden).doubles.map { subject.sign * $0 }
        #expect(largestDifference(answer.scores, expected) < 1e-6)
        let written = try Safetensors(decoding: try Data(contentsOf: out))
        #expect(try written.array("scores").type == .float64)
        #expect(try written.array("scores").doubles == answer.scores)
        #expect(written.metadata["attack"] == subject.attack)
    }

    @Test(
        "reproduces the reference ROC",
        arguments: [
            "lira_online_per_example", "lira_offline_fixed_pooled", "rmia_online", "attack_p", "attack_r", "yeom_score",
            "tied_scores",
        ])
    func roc(_ golden: String) throws {
        let subject = Self.cases.first { $0.golden == golden }
        let file = subject == nil ? "tied.safetensors" : "signals.safetensors"
        let outcome = try Program.run(
            ["score", Golden.file(file).path, "--json"] + Self.rates.flatMap { ["--fpr", $0] }
                + (subject?.arguments ?? ["--attack", "loss-threshold"]))
        let grade = try #require(try outcome.decoded(Answer.self).grade)
        let expected = try #require(try Golden.roc()[golden])
        #expect(abs(grade.auc.value - (try #require(expected["auc"]))) < 1e-6)
        #expect(abs(grade.balancedAccuracy - (try #require(expected["best_accuracy_balanced"]))) < 1e-6)
        for (rate, point) in zip(Self.rates, grade.operatingPoints) {
            #expect(abs(point.truePositiveRate.value - (try #require(expected["tpr_at_\(rate)"]))) < 1e-6)
        }
        #expect(grade.operatingPoints.map(\.resolution) == ["not resolvable", "coarse", "coarse", "fine"])
    }

    @Test("difficulty calibration subtracts the mean logarithm of the OUT shadows")
    func difficulty() throws {
        let file = try Golden.arrays("signals")
        let (target, shadows) = (try file.array("target").doubles, try file.array("shadows").doubles)
        let (membership, count) = (try file.array("membership").doubles, target.count)
        let expected = target.indices.map { record -> Double in
            let out = (0..<16).filter { membership[$0 * count + record] == 0 }
            return log(target[record]) - out.map { log(shadows[$0 * count + record]) }.reduce(0, +) / Double(out.count)
        }
        let answer = try Program.run(
            ["score", Golden.file("signals.safetensors").path, "--attack", "difficulty-calibration", "--json"]
        ).decoded(Answer.self)
        #expect(largestDifference(answer.scores, expected) < 1e-12)
    }

    @Test("single precision and an oriented logit give the same ranking as the confidence")
    func singlePrecision() throws {
        let scratch = try Scratch()
        var file = try Golden.arrays("signals")
        for name in ["target", "shadows"] {
            let array = try file.array(name)
            let logits = array.doubles.map { Float(log($0) - log(1 - $0)) }
            file.arrays[name] = Safetensors.Array(Tensor(logits, shape: array.shape))
        }
        (file.arrays["population"], file.arrays["population_shadows"]) = (nil, nil)
        file.metadata["signal"] = "logit-confidence"
        let place = scratch.file("single.safetensors")
        try file.encoded().write(to: place)
        let answer = try Program.run(
            ["score", place.path, "--attack", "lira-online", "--set", "variance=per-record", "--json"]
        ).decoded(Answer.self)
        let expected = try Golden.arrays("scores").array("lira_online_per_example").doubles
        #expect(largestDifference(answer.scores, expected) < 1e-3)
    }

    @Test("membership may be bytes or numbers, and signals of either precision: the scores are the same")
    func types() throws {
        let scratch = try Scratch()
        var file = try Golden.arrays("signals")
        for name in ["target", "shadows"] {
            let array = try file.array(name)
            // Numbers of few bits are the same in single precision.
            let logits = array.doubles.map { (log($0 / (1 - $0)) * 256).rounded() / 256 }
            file.arrays[name] = Safetensors.Array(logits, shape: array.shape)
        }
        (file.arrays["population"], file.arrays["population_shadows"]) = (nil, nil)
        file.metadata["signal"] = "logit-confidence"
        let (signals, bits) = (try file.array("shadows"), try file.array("membership"))
        let single = Safetensors.Array(Tensor(signals.doubles.map { Float($0) }, shape: signals.shape))
        var found: [[Double]] = []
        for (index, membership) in [
            bits, Safetensors.Array(bits.doubles, shape: bits.shape),
            Safetensors.Array(Tensor(bits.doubles.map { Float($0) }, shape: bits.shape)),
        ].enumerated() {
            for shadows in [signals, single] {
                file.arrays["membership"] = membership
                file.arrays["shadows"] = shadows
                let place = scratch.file("types-\(index).safetensors")
                try file.encoded().write(to: place)
                let outcome = try Program.run(["score", place.path, "--attack", "lira-online", "--json"])
                try #require(outcome.status == 0, "\(outcome.errors)")
                found.append(try outcome.decoded(Answer.self).scores)
            }
        }
        #expect(bits.type == .uint8 && found.count == 6)
        for scores in found.dropFirst() { #expect(largestDifference(scores, found[0]) < 1e-9) }
    }

    @Test("without the truth there are scores and no grade")
    func ungraded() throws {
        let scratch = try Scratch()
        var file = try Golden.arrays("signals")
        file.arrays["truth"] = nil
        let place = scratch.file("ungraded.safetensors")
        try file.encoded().write(to: place)
        let answer = try Program.run(["score", place.path, "--attack", "attack-p", "--json"]).decoded(Answer.self)
        #expect(answer.grade == nil && answer.scores.count == 200)
    }

    @Test("the table says what cannot be resolved instead of a number")
    func table() throws {
        let outcome = try Program.run(["score", Golden.file("signals.safetensors").path, "--attack", "attack-r"])
        #expect(outcome.status == 0 && outcome.output.contains("TPR at FPR 0.001   not resolvable (resolution 1/104)"))
    }

    private func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
        a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
    }
}
