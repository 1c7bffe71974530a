import Foundation
import Tensors
import Testing

@Suite("Bad input")
struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var arguments: [String]
        /// What the line must say.
        var says: String
        var testDescription: String { name }

        init(_ name: String, _ arguments: [String], says: String) {
            (self.name, self.arguments, self.says) = (name, arguments, says)
        }
    }

    static func epsilon(_ changes: [String: String]) -> [String] {
        let values = ["--sigma": "1", "--rate": "0.01", "--steps": "100", "--delta": "1e-5"].merging(changes) { $1 }
        return ["account", "epsilon"] + values.flatMap { [$0.key, $0.value] }
    }

    static let intact = Golden.file("signals.safetensors").path

    static let cases: [Case] = [
        Case("unknown subcommand", ["frobnicate"], says: "frobnicate"),
        Case("unknown option", ["doctor", "--frob"], says: "--help"),
        Case("missing option", ["account", "epsilon"], says: "--sigma"),
        Case("no number", epsilon(["--sigma": "much"]), says: "much"),
        Case("sigma zero", epsilon(["--sigma": "0"]), says: "noise multiplier"),
        Case("sigma negative", epsilon(["--sigma": "-1"]), says: "noise multiplier"),
        Case("sigma infinite", epsilon(["--sigma": "inf"]), says: "noise multiplier"),
        Case("delta zero", epsilon(["--delta": "0"]), says: "delta in (0, 1)"),
        Case("delta one", epsilon(["--delta": "1"]), says: "delta in (0, 1)"),
        Case("delta not a number", epsilon(["--delta": "nan"]), says: "delta in (0, 1)"),
        Case("rate above one", epsilon(["--rate": "1.5"]), says: "sampling rate in [0, 1]"),
        Case("rate negative", epsilon(["--rate": "-0.1"]), says: "sampling rate in [0, 1]"),
        Case("steps negative", epsilon(["--steps": "-5"]), says: "number of steps"),
        Case("no records", epsilon(["--records": "0"]), says: "--records 0"),
        Case(
            "accountant without a guarantee",
            ["account", "sigma", "--accountant", "gdp", "--epsilon", "1", "--rate", "0.1", "--steps", "9"]
                + ["--delta", "1e-5"],
            says: "use rdp or pld"),
        Case(
            "relation without a limit", epsilon(["--accountant": "gdp", "--relation": "replace-one"]),
            says: "use rdp or pld"),
        Case("unknown accountant", epsilon(["--accountant": "moments"]), says: "moments"),
        Case(
            "no limit", ["account", "steps", "--epsilon", "1", "--sigma", "1", "--rate", "0", "--delta", "1e-5"],
            says: "2^53"),
        Case(
            "points out of range",
            ["account", "curve", "--points", "0", "--sigma", "1", "--rate", "1", "--steps", "9", "--delta", "1e-5"],
            says: "--points 0"),
        Case("missing file", ["score", "/nowhere/signals", "--attack", "lira-online"], says: "/nowhere/signals"),
        Case("a folder", ["score", "/tmp", "--attack", "lira-online"], says: "cannot read"),
        Case("unknown attack", ["score", intact, "--attack", "lira-onlin"], says: "nearest known is lira-online,"),
        Case("unknown setting", ["score", intact, "--attack", "attack-r", "--set", "a=b"], says: "unknown key 'a'"),
        Case(
            "unknown value", ["score", intact, "--attack", "lira-online", "--set", "variance=own"],
            says: "pooled, per-record, grand"),
        Case("setting without value", ["score", intact, "--attack", "lira-online", "--set", "a"], says: "key=value"),
        Case("rate of the ROC", ["score", intact, "--attack", "attack-r", "--fpr", "2"], says: "[0, 1)"),
        Case("both formats", ["attacks", "--json", "--markdown"], says: "--markdown"),
        Case("no such run", ["compare", "/nowhere/run", "/nowhere/other"], says: "/nowhere/run"),
        Case("no findings", ["compare", intact, intact], says: "expected the findings of a run"),
        Case("one run", ["compare", intact], says: "second"),
        Case("unknown data set", ["datasets", "describe", "cifar"], says: "fashion-mnist"),
        Case("unknown kind of data", ["datasets", "describe", "zip:x"], says: "npz:"),
        Case("unknown benchmark", ["bench", "autoencodr"], says: "did you mean 'autoencoder'?"),
        Case(
            "no Python", ["bench", "vae", "--peers", "/nowhere/python"],
            says: "expected a Python interpreter, found none at /nowhere/python"),
        Case("no repeats", ["bench", "vae", "--repeats", "0"], says: "--repeats"),
        Case("no records to score", ["bench", "score", "--records", "0"], says: "--records"),
        Case("one model to score", ["bench", "score", "--models", "1"], says: "--models"),
        Case("unknown BLAS core", ["bench", "vae", "--blas-core", "zen"], says: "zen"),
    ]

    @Test("ends with 2 and exactly one line", arguments: cases)
    func table(_ subject: Case) throws {
        try Self.expectBadInput(try Program.run(subject.arguments), says: subject.says)
    }

    struct Damage: Sendable, CustomTestStringConvertible {
        var name: String
        var attack = "lira-online"
        var setting: String?
        var says: String
        var change: @Sendable (inout Safetensors) -> Void
        var testDescription: String { name }
    }

    static let damages: [Damage] = [
        Damage(name: "membership of another shape", says: "'membership': expected the shape [16, 200]") {
            $0.arrays["membership"] = Safetensors.Array([UInt8](repeating: 0, count: 15 * 200), shape: [15, 200])
        },
        Damage(name: "membership that is no bit", says: "expected 0 or 1, found 2") {
            $0.arrays["membership"] = Safetensors.Array([UInt8](repeating: 2, count: 3200), shape: [16, 200])
        },
        Damage(name: "too few shadows for per-record", setting: "variance=per-record", says: "at least 4 of each") {
            $0 = firstShadows(6, of: $0)
        },
        Damage(name: "shadows without membership", says: "'shadows' without 'membership'") {
            $0.arrays["membership"] = nil
        },
        Damage(name: "no shadows", says: "lira-online needs the array 'shadows'") {
            ($0.arrays["membership"], $0.arrays["shadows"], $0.arrays["population_shadows"]) = (nil, nil, nil)
        },
        Damage(name: "no population", attack: "attack-p", says: "needs the array 'population'") {
            ($0.arrays["population"], $0.arrays["population_shadows"]) = (nil, nil)
        },
        Damage(name: "no target", says: "'target'") { $0.arrays["target"] = nil },
        Damage(name: "no candidate", says: "'target'") {
            $0.arrays["target"] = Safetensors.Array([Double](), shape: [0])
        },
        Damage(name: "a truth of another length", says: "'truth': expected the shape [200]") {
            $0.arrays["truth"] = Safetensors.Array([1, 0] as [UInt8], shape: [2])
        },
        Damage(name: "a truth of one class", says: "no non-member") {
            $0.arrays["truth"] = Safetensors.Array([UInt8](repeating: 1, count: 200), shape: [200])
        },
        Damage(name: "no signal", says: "metadata 'signal'") { $0.metadata = [:] },
        Damage(name: "unknown signal", says: "found 'charm'") { $0.metadata["signal"] = "charm" },
        Damage(name: "a confidence above 1", says: "expected probabilities, found 1.5 at element 0") {
            $0.arrays["target"] = Safetensors.Array([Double](repeating: 1.5, count: 200), shape: [200])
        },
        Damage(name: "a confidence of 1", says: "finite logarithm, found 1.0 at element 0") {
            $0.arrays["target"] = Safetensors.Array([Double](repeating: 1, count: 200), shape: [200])
        },
        Damage(name: "a signal that is not a number", says: "expected probabilities, found nan") {
            $0.arrays["target"] = Safetensors.Array([Double](repeating: .nan, count: 200), shape: [200])
        },
    ]

    @Test("damaged signals end with 2 and exactly one line", arguments: damages)
    func damaged(_ damage: Damage) throws {
        let scratch = try Scratch()
        var file = try Golden.arrays("signals")
        damage.change(&file)
        let place = scratch.file("signals.safetensors")
        try file.encoded().write(to: place)
        let settings = damage.setting.map { ["--set", $0] } ?? []
        try Self.expectBadInput(
            try Program.run(["score", place.path, "--attack", damage.attack] + settings), says: damage.says)
    }

    @Test("a corrupt file ends with 2 and exactly one line", arguments: [0, 5, 8, 100, 1000, 51000])
    func corrupt(length: Int) throws {
        let scratch = try Scratch()
        let place = scratch.file("signals.safetensors")
        try (try Data(contentsOf: Golden.file("signals.safetensors"))).prefix(length).write(to: place)
        try Self.expectBadInput(try Program.run(["score", place.path, "--attack", "attack-r"]), says: "safetensors")
    }

    @Test("scores that cannot be written end with 1: the disk is at fault, not the question")
    func unwritable() throws {
        let outcome = try Program.run(["score", Self.intact, "--attack", "attack-r", "--out", "/nowhere/scores"])
        #expect(outcome.status == 1 && outcome.errorLines.count == 1 && outcome.output.isEmpty)
    }

    static func expectBadInput(
        _ outcome: Program.Outcome, says text: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(outcome.status == 2, sourceLocation: sourceLocation)
        #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
        #expect(outcome.errorLines.count == 1, "\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(
            outcome.errors.hasPrefix("penumbra: ") && outcome.errors.hasSuffix("\n"), sourceLocation: sourceLocation)
        #expect(outcome.errors.contains(text), "\(outcome.errors)", sourceLocation: sourceLocation)
    }

    /// The file with its first shadows only.
    private static func firstShadows(_ count: Int, of file: Safetensors) -> Safetensors {
        var cut = file
        cut.arrays["population_shadows"] = nil
        for name in ["shadows", "membership"] {
            guard let array = file.arrays[name] else { continue }
            let values = Array(array.doubles.prefix(count * 200))
            cut.arrays[name] =
                array.type == .uint8
                ? Safetensors.Array(values.map { UInt8($0) }, shape: [count, 200])
                : Safetensors.Array(values, shape: [count, 200])
        }
        return cut
    }
}
