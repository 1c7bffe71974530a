import Foundation
import Tensors
import Testing

@Suite("Bad input to penumbra score")
struct ScoreBadInputTests {
    struct Damage: Sendable, CustomTestStringConvertible {
        var name: String
        var file: ScoreFiles
        var attack: String
        var settings: [String] = []
        /// What the line must say.
        var says: String
        var change: @Sendable (inout Safetensors) throws -> Void = { _ in }
        var testDescription: String { name }
    }

    static let damages: [Damage] = signals + answers + texts

    static let signals: [Damage] = [
        Damage(
            name: "a pool's signal that is not a number", file: .signals, attack: "lira-online",
            says: "'shadows': expected finite numbers, found nan at element 201"
        ) {
            $0.metadata["signal"] = "logit-confidence"
            try $0.set("shadows", at: 201, to: .nan)
        },
        Damage(
            name: "a pool's confidence that is not a number", file: .signals, attack: "rmia-online",
            says: "'shadows': expected probabilities, found nan at element 201"
        ) { try $0.set("shadows", at: 201, to: .nan) },
        Damage(
            name: "a pool's confidence of 1", file: .signals, attack: "lira-online",
            says: "'shadows': lira-online needs confidences with a finite logarithm, found 1.0 at element 201"
        ) { try $0.set("shadows", at: 201, to: 1) },
        Damage(
            name: "one shadow for own variances", file: .signals, attack: "lira-online",
            settings: ["variance=per-record"], says: "at least 4 of each"
        ) { try $0.keepOneShadow() },
        Damage(
            name: "one shadow for pooled variances", file: .signals, attack: "lira-online",
            says: "at least 1 of each"
        ) { try $0.keepOneShadow() },
        Damage(
            name: "one shadow of logits", file: .signals, attack: "lira-online", says: "at least 1 of each"
        ) {
            $0.metadata["signal"] = "logit-confidence"
            try $0.keepOneShadow()
        },
        Damage(
            name: "a truth without non-member", file: .signals, attack: "attack-p", says: "no non-member"
        ) { $0.arrays["truth"] = Safetensors.Array([UInt8](repeating: 1, count: 200), shape: [200]) },
        Damage(
            name: "shadows on other records", file: .signals, attack: "rmia-online",
            says: "'population_shadows': expected the shape [16, 150], found [16, 100]"
        ) {
            $0.arrays["population_shadows"] = Safetensors.Array(
                [Double](repeating: 0.5, count: 1600), shape: [16, 100])
        },
        Damage(
            name: "no arrays", file: .signals, attack: "lira-online", says: "lira-online needs the array 'target'"
        ) { $0 = Safetensors() },
        Damage(
            name: "signals for an attack on distributions", file: .signals, attack: "entropy",
            says: "entropy needs the array 'probabilities'"),
        Damage(
            name: "a signal that is no loss", file: .signals, attack: "lowercase",
            says: "lowercase needs losses, and the metadata say that 'target' is confidence"
        ) { $0.arrays["lowercase_losses"] = Safetensors.Array([Double](repeating: 1, count: 200), shape: [200]) },
    ]

    static let answers: [Damage] = [
        Damage(
            name: "a label beyond the classes", file: .answers, attack: "correctness",
            says: "'labels': expected whole numbers, 0 to 9, found 10.0 at element 3"
        ) { try $0.set("labels", at: 3, to: 10) },
        Damage(
            name: "a label between two classes", file: .answers, attack: "modified-entropy",
            says: "'labels': expected whole numbers, 0 to 9, found 0.5 at element 3"
        ) { try $0.set("labels", at: 3, to: 0.5) },
        Damage(name: "no labels", file: .answers, attack: "correctness", says: "needs the array 'labels'") {
            $0.arrays["labels"] = nil
        },
        Damage(
            name: "labels of other records", file: .answers, attack: "correctness",
            says: "'labels': expected the shape [60], found [59]"
        ) { $0.arrays["labels"] = Safetensors.Array([Double](repeating: 0, count: 59), shape: [59]) },
        Damage(
            name: "a flat distribution", file: .answers, attack: "entropy",
            says: "'probabilities': expected the shape [C of 1 or more, K of 1 or more], found [600]"
        ) { $0.arrays["probabilities"] = Safetensors.Array([Double](repeating: 0.1, count: 600), shape: [600]) },
        Damage(
            name: "a distribution that does not sum to 1", file: .answers, attack: "ml-leaks-3",
            says: "'probabilities': expected rows that sum to 1"
        ) {
            let old = try $0.array("probabilities").doubles[20]
            try $0.set("probabilities", at: 20, to: old > 0.5 ? old - 0.0011 : old + 0.0011)
        },
        Damage(
            name: "a negative probability", file: .answers, attack: "entropy",
            says: "'probabilities': expected probabilities, found -0.1 at element 7"
        ) { try $0.set("probabilities", at: 7, to: -0.1) },
        Damage(
            name: "no distributions of shadows", file: .answers, attack: "modified-entropy",
            settings: ["classwise=true"], says: "needs the array 'shadow_probabilities'"),
        Damage(
            name: "an attack that trains", file: .answers, attack: "shokri", says: "play it with penumbra run"),
    ]

    static let texts: [Damage] = [
        Damage(
            name: "a text longer than its row", file: .texts, attack: "min-k",
            says: "'token_lengths': expected whole numbers, 1 to 40, found 41.0 at element 2"
        ) { $0.arrays["token_lengths"] = Safetensors.Array([40, 40, 41, 1, 2] as [UInt8], shape: [5]) },
        Damage(
            name: "a text without tokens", file: .texts, attack: "loss-threshold",
            says: "'token_lengths': expected whole numbers, 1 to 40, found 0.0 at element 4"
        ) { $0.arrays["token_lengths"] = Safetensors.Array([40, 40, 40, 1, 0] as [UInt8], shape: [5]) },
        Damage(
            name: "a token likelier than certain", file: .texts, attack: "min-k",
            says: "'token_log_probabilities': expected logarithms of probabilities, found 0.7 at element 41"
        ) { try $0.set("token_log_probabilities", at: 41, to: 0.7) },
        Damage(
            name: "a negative variance", file: .texts, attack: "min-k-plus-plus",
            says: "'token_variances': expected finite numbers that are not negative, found -1.0 at element 199"
        ) { try $0.set("token_variances", at: 199, to: -1) },
        Damage(
            name: "moments of other tokens", file: .texts, attack: "min-k-plus-plus",
            says: "'token_means': expected the shape [5, 40], found [5, 39]"
        ) { $0.arrays["token_means"] = Safetensors.Array([Double](repeating: -1, count: 195), shape: [5, 39]) },
        Damage(
            name: "a text of no bytes", file: .texts, attack: "zlib", says: "found 0.0 at element 1"
        ) { try $0.set("zlib_lengths", at: 1, to: 0) },
        Damage(
            name: "a setting that the file has settled", file: .texts, attack: "recall", settings: ["prefixes=2"],
            says: "prefixes: the arrays that recall reads from a file have settled it"),
    ]

    @Test("ends with 2 and exactly one line that names array and element", arguments: damages)
    func damaged(_ damage: Damage) throws {
        let scratch = try Scratch()
        let place = try damage.file.write(to: scratch, damage.change)
        let settings = damage.settings.flatMap { ["--set", $0] }
        try BadInputTests.expectBadInput(
            try Program.run(["score", place.path, "--attack", damage.attack] + settings), says: damage.says)
    }

    @Test("a misspelt array is warned of, and is not read")
    func misspelt() throws {
        let scratch = try Scratch()
        let place = try ScoreFiles.texts.write(to: scratch) {
            $0.arrays["token_length"] = Safetensors.Array([99, 99] as [UInt8], shape: [2])
        }
        let outcome = try Program.run(["score", place.path, "--attack", "min-k"])
        #expect(outcome.status == 0)
        #expect(outcome.errors == "penumbra: warning: arrays that mean nothing here: token_length\n")
    }
}

extension Safetensors {
    /// Replaces an element; the array is of double precision then.
    fileprivate mutating func set(_ name: String, at index: Int, to value: Double) throws {
        let old = try array(name)
        var values = old.doubles
        values[index] = value
        arrays[name] = Array(values, shape: old.shape)
    }

    /// Leaves the first shadow only.
    fileprivate mutating func keepOneShadow() throws {
        arrays["population_shadows"] = nil
        for name in ["shadows", "membership"] {
            let old = try array(name)
            let (row, shape) = (old.doubles.prefix(old.shape[1]), [1, old.shape[1]])
            arrays[name] =
                old.type == .uint8 ? Array(row.map { UInt8($0) }, shape: shape) : Array(Swift.Array(row), shape: shape)
        }
    }
}
