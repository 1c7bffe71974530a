import Attacks
import Foundation
import Tensors
import Testing
import ThreatModel

@testable import Experiments

@Suite("A file of another framework")
struct ForeignFileTests {
    private func scores(
        _ id: String, settings: [String: String] = [:], signal: String? = nil, _ arrays: [String: Safetensors.Array]
    ) throws -> [Double] {
        let metadata = signal.map { ["signal": $0] } ?? [:]
        return try ForeignFile(Safetensors(arrays: arrays, metadata: metadata))
            .scores(try ForeignAttack(id: id, settings: settings))
    }

    private func array(_ rows: [[Double]]) -> Safetensors.Array {
        Safetensors.Array(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
    }

    private func areClose(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < tolerance }
    }

    private func array(_ values: [Double]) -> Safetensors.Array { Safetensors.Array(values, shape: [values.count]) }

    @Test("is scored by every attack of a pure function, and by none that asks or trains a model")
    func catalogue() throws {
        let scored = Set(ForeignAttack.cards.map(\.id))
        for id in [
            "loss-threshold", "lira-online", "rmia-offline", "correctness", "entropy", "modified-entropy", "ml-leaks-3",
            "min-k", "min-k-plus-plus", "zlib", "lowercase", "recall", "neighbourhood", "reference-ratio",
            "reference-difference", "nearest-sample", "monte-carlo", "domias",
        ] { #expect(scored.contains(id), "\(id)") }
        for card in AttackCatalogue.cards where !scored.contains(card.id) {
            #expect(throws: ForeignFileError.needsModel(card.id)) { try ForeignAttack(id: card.id) }
        }
        for card in ForeignAttack.cards { #expect(try ForeignAttack(id: card.id).id == card.id) }
    }

    @Test("needs no arrays but those that the attack reads, and looks at no other value")
    func frugal() throws {
        let strange = Safetensors.Array([Double](repeating: .nan, count: 4), shape: [2, 2])
        let arrays = [
            "target": array([1.0, 2]), "shadows": strange, "membership": strange, "features": strange,
            "population": array([.infinity]),
        ]
        #expect(try scores("loss-threshold", signal: "loss", arrays) == [-1, -2])
        #expect(throws: ForeignFileError.self) { try scores("difficulty-calibration", signal: "loss", arrays) }
    }

    @Test("of a pool is read where it lies or number by number: with marks of any type the scores are the same")
    func marks() throws {
        let random = RandomStream(seed: 3)
        let (signals, target) = (random["shadows"].normalTensor([8, 21]), random["target"].normalTensor([21]))
        let marks = (0..<8 * 21).map { place -> UInt8 in (place / 21 + place % 21) % 2 == 0 ? 1 : 0 }
        var arrays = ["target": Safetensors.Array(target), "shadows": Safetensors.Array(signals)]
        arrays["membership"] = Safetensors.Array(marks, shape: [8, 21])
        let mapped = try scores("lira-online", signal: "logit-confidence", arrays)
        arrays["membership"] = Safetensors.Array(marks.map(Double.init), shape: [8, 21])
        let read = try scores("lira-online", signal: "logit-confidence", arrays)
        #expect(areClose(mapped, read, 1e-9))
        #expect(Set(mapped).count == 21)
    }

    // MARK: Classifiers

    private static let answers: [[Double]] = [[0.7, 0.2, 0.1], [0.3, 0.3, 0.4], [0.1, 0.8, 0.1]]

    @Test("of distributions: the predicted class is the likeliest, the first of equal ones")
    func correctness() throws {
        let arrays = ["probabilities": array(Self.answers), "labels": array([0.0, 0, 1])]
        #expect(try scores("correctness", arrays) == [1, 0, 1])
        let tie = ["probabilities": array([[0.5, 0.5]]), "labels": array([0.0])]
        #expect(try scores("correctness", tie) == [1])
    }

    @Test("of distributions without labels: entropy and the largest probability")
    func unlabelled() throws {
        let arrays = ["probabilities": array(Self.answers)]
        let expected = Self.answers.map { row in row.reduce(0.0) { $0 + $1 * log($1) } }
        #expect(areClose(try scores("entropy", arrays), expected, 1e-6))
        #expect(areClose(try scores("ml-leaks-3", arrays), [0.7, 0.4, 0.8], 1e-6))
    }

    @Test("of distributions with shadows: the class's threshold is taken off")
    func classwise() throws {
        // Shadow 0 saw records 0 and 1 and is sure there, shadow 1 saw record 2 only.
        let shadows: [[Double]] = [
            [0.9, 0.05, 0.05], [0.8, 0.1, 0.1], [0.4, 0.3, 0.3], [0.5, 0.25, 0.25], [0.5, 0.3, 0.2], [0.1, 0.8, 0.1],
        ]
        let arrays = [
            "probabilities": array(Self.answers), "labels": array([0.0, 0, 1]),
            "shadow_probabilities": Safetensors.Array(shadows.flatMap { $0 }, shape: [2, 3, 3]),
            "membership": array([[1, 1, 0], [0, 0, 1]]),
        ]
        func single(_ rows: [[Double]]) -> Tensor { Tensor(rows.joined().map { Float($0) }, shape: [rows.count, 3]) }
        let expected = try ModifiedEntropy.scores(
            probabilities: single(Self.answers), labels: [0, 0, 1],
            shadows: ShadowAnswers(
                probabilities: [single(Array(shadows[..<3])), single(Array(shadows[3...]))],
                membership: [[true, true, false], [false, false, true]]))
        let found = try scores("modified-entropy", settings: ["classwise": "true"], arrays)
        #expect(found == expected)
        #expect(try scores("modified-entropy", arrays) != found)
    }

    // MARK: Language models

    @Test("of tokens: what lies behind a text's length is not looked at")
    func padding() throws {
        let arrays = [
            "token_log_probabilities": array([[-1, -3, -2, -4], [-5, -1, .nan, 9]]), "token_lengths": array([4.0, 2]),
            "token_means": array([[-1, -1, -1, -1], [-3, -3, .nan, .nan]]),
            "token_variances": array([[1, 1, 1, 1], [4, 4, -1, -1]]),
        ]
        #expect(try scores("loss-threshold", arrays) == [-2.5, -3])
        #expect(try scores("min-k", settings: ["fraction": "0.5"], arrays) == [-3.5, -5])
        #expect(try scores("min-k-plus-plus", settings: ["fraction": "0.5"], arrays) == [-2.5, -1])
        var zipped = arrays
        zipped["zlib_lengths"] = array([10.0, 4])
        #expect(try scores("zlib", zipped) == [-0.25, -0.75])
    }

    @Test("of losses: other texts' stand beside the target or the tokens", arguments: [true, false])
    func losses(isTarget: Bool) throws {
        var arrays =
            isTarget
            ? ["target": array([2.0, 4])] : ["token_log_probabilities": array([[-1, -3], [-4, -4]])]
        let signal = isTarget ? "token-loss" : nil
        arrays["lowercase_losses"] = array([3.0, 3])
        #expect(try scores("lowercase", signal: signal, arrays) == [1.5, 0.75])
        arrays["prefixed"] = array([[3, 6], [2, 10]])
        #expect(try scores("recall", signal: signal, arrays) == [1.25, 2])
        arrays["prefixed"] = array([3.0, 6])
        #expect(try scores("recall", signal: signal, arrays) == [1.5, 1.5])
        arrays["neighbours"] = array([[3, 3], [4, 3], [2, 3]])
        #expect(try scores("neighbourhood", signal: signal, arrays) == [1, -1])
    }

    @Test("of tokens and shadows' losses: the tokens' mean is the target, unless the metadata name no loss")
    func tokensAndPool() throws {
        let arrays = [
            "token_log_probabilities": array([[-1, -3]]), "shadows": array([[4.0], [1]]),
            "membership": array([[0.0], [1]]),
        ]
        #expect(try scores("reference-ratio", arrays) == [-0.5])
        #expect(throws: ForeignFileError.needed("target", attack: "reference-ratio")) {
            try scores("reference-ratio", signal: "confidence", arrays)
        }
    }

    // MARK: Generators

    private static let drawn = (
        candidates: [[0.0, 0], [3, 0], [5, 5]], samples: [[0.0, 1], [3, 0.5], [2, 2], [9, 9]],
        references: [[0.0, 2], [3, 4]], population: [[0.0, 0], [1, 0], [0, 2], [4, 4]]
    )

    @Test("of samples: minus the squared distance to the nearest, calibrated by a reference's")
    func nearest() throws {
        var arrays = ["features": array(Self.drawn.candidates), "samples": array(Self.drawn.samples)]
        #expect(try scores("nearest-sample", arrays) == [-1, -0.25, -18])
        arrays["reference_samples"] = array(Self.drawn.references)
        #expect(try scores("nearest-sample", settings: ["calibrated": "true"], arrays) == [3, 12.75, -13])
    }

    @Test("of samples: their share in a ball whose radius is the median of the nearest distances")
    func ball() throws {
        let arrays = ["features": array(Self.drawn.candidates), "samples": array(Self.drawn.samples)]
        #expect(try scores("monte-carlo", arrays) == [0.25, 0.25, 0])
    }

    @Test("of samples: the density there over the population's", arguments: [true, false])
    func density(isRelative: Bool) throws {
        func single(_ rows: [[Double]]) -> Tensor { Tensor(rows.joined().map { Float($0) }, shape: [rows.count, 2]) }
        var arrays = ["features": array(Self.drawn.candidates), "samples": array(Self.drawn.samples)]
        if isRelative { arrays["population_features"] = array(Self.drawn.population) }
        let found = try scores("domias", settings: ["reference": "\(isRelative)"], arrays)
        let expected = try DOMIAS.scores(
            candidates: single(Self.drawn.candidates), samples: single(Self.drawn.samples),
            population: isRelative ? single(Self.drawn.population) : nil)
        #expect(found == expected && Set(found).count == 3)
    }

    @Test("settles how often a generator is asked: such settings are refused, and are not shown")
    func settled() throws {
        let attack = try ForeignAttack(id: "monte-carlo", settings: ["kernel": "logarithm"])
        #expect(attack.settings == ["kernel": "logarithm", "radius": "median", "percentile": "0.1"])
        #expect(throws: ForeignFileError.settled("samples", attack: "monte-carlo")) {
            try ForeignAttack(id: "monte-carlo", settings: ["samples": "7"])
        }
    }
}
