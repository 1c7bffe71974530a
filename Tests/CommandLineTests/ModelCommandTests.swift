import Foundation
import Tensors
import Testing

@Suite("penumbra train, sample and attack")
struct ModelCommandTests {
    private let scratch: Scratch
    private let spec: String

    init() throws {
        scratch = try Scratch()
        spec = try TinySpec.write(to: scratch)
    }

    /// What the tests read of findings.json and of an audit.
    private struct Findings: Decodable {
        struct Row: Decodable {
            var id: String
            var membership: Grade?
        }
        var rows: [Row]
    }

    private struct Grade: Decodable, Equatable {
        struct Estimate: Decodable, Equatable { var value: Double }
        var auc: Estimate
        var members: Int
        var nonMembers: Int
    }

    private struct Audit: Decodable {
        var attack: String
        var grade: Grade
    }

    private func train(_ victim: String, _ arguments: [String] = []) throws -> String {
        let file = scratch.file("\(victim).safetensors").path
        let outcome = try Program.run(
            [
                "train", spec, "--runs", scratch.file("runs").path, "--victim", victim, "--out", file, "--split",
                scratch.file("split-\(victim)").path,
            ] + arguments)
        #expect(outcome.status == 0 && outcome.output.contains("checkpoint: \(file)"), "\(outcome.errors)")
        return file
    }

    private func part(_ name: String, of victim: String) -> String {
        scratch.file("split-\(victim)/\(name).safetensors").path
    }

    private func attack(_ model: String, _ victim: String, _ options: [String] = []) throws -> Program.Outcome {
        try Program.run(
            ["attack", model, "--members", part("members", of: victim), "--nonmembers", part("nonmembers", of: victim)]
                + options)
    }

    @Test("A trained checkpoint that is attacked alone gives the numbers of the run's rows")
    func sameAsRun() throws {
        let run = try Program.run(["run", spec, "--runs", scratch.file("runs").path, "--json"])
        let rows = try run.decoded(Findings.self).rows
        for (victim, row, id) in [
            ("vae", "loss-threshold/negative-elbo", "loss-threshold"),
            ("gpt", "loss-threshold/token-loss", "loss-threshold"),
            ("autoencoder", "loss-threshold/reconstruction-error", "loss-threshold"),
            ("gan", "logan-white-box", "logan-white-box"),
        ] {
            let outcome = try attack(try train(victim), victim, ["--attack", id, "--json"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            let expected = try #require(rows.first { $0.id == "\(victim)/\(row)" }?.membership)
            let audit = try outcome.decoded(Audit.self)
            #expect(audit.attack == id && audit.grade == expected, "\(victim)")
        }
    }

    @Test("An audit prints a table; sampling attacks depend on the seed alone")
    func table() throws {
        let model = try train("gan")
        let outcome = try attack(model, "gan", ["--attack", "nearest-sample", "--set", "samples=50", "--seed", "3"])
        #expect(outcome.status == 0 && outcome.output.contains("AUC") && outcome.output.contains("50 queries"))
        let again = try attack(model, "gan", ["--attack", "nearest-sample", "--set", "samples=50", "--seed", "3"])
        #expect(again.output == outcome.output)
    }

    @Test("Images are sampled into safetensors and PNG files, the same for the same seed")
    func images() throws {
        let model = try train("gan")
        let (tensors, again, png) = (
            scratch.file("a.safetensors"), scratch.file("b.safetensors"), scratch.file("a.png")
        )
        for file in [tensors, again] {
            #expect(try Program.run(["sample", model, "--count", "5", "--seed", "1", "--out", file.path]).status == 0)
        }
        #expect(try Data(contentsOf: tensors) == Data(contentsOf: again))
        let samples = try Safetensors(decoding: Data(contentsOf: tensors)).array("samples")
        #expect(samples.shape == [5, 784] && samples.doubles.allSatisfy { (0...1).contains($0) })
        #expect(try Program.run(["sample", model, "--count", "5", "--seed", "2", "--out", again.path]).status == 0)
        #expect(try Data(contentsOf: tensors) != Data(contentsOf: again))
        #expect(try Program.run(["sample", model, "--count", "5", "--seed", "1", "--out", png.path]).status == 0)
        let bytes = [UInt8](try Data(contentsOf: png))
        #expect(bytes.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        // IHDR: five squares of 28 × 28 beside each other.
        #expect(bytes[16..<24] == [0, 0, 0, 140, 0, 0, 0, 28])
    }

    @Test("Text is sampled to standard output, begins with the prompt, and fills the window")
    func text() throws {
        let outcome = try Program.run(["sample", try train("gpt"), "--count", "3", "--prompt", "We "])
        let lines = outcome.output.split(separator: "\n")
        #expect(outcome.status == 0 && outcome.errors.isEmpty && lines.count >= 3)
        #expect(outcome.output.hasPrefix("We ") && outcome.output.count == 3 * 33)
        // The first texts do not depend on how many there are.
        let more = try Program.run(["sample", try train("gpt"), "--count", "5", "--prompt", "We "])
        #expect(more.output.hasPrefix(outcome.output) && more.output.count == 5 * 33)
    }

    @Test("A checkpoint keeps its byte pairs: text is sampled, and text files are audited, with them")
    func bytePairs() throws {
        let model = try train("gpt", ["--set", "text.tokeniser={bpe: 100}"])
        let outcome = try Program.run(["sample", model, "--count", "3", "--prompt", "We, \u{2014}é, 12"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty && outcome.output.hasPrefix("We, \u{2014}é, 12"))
        let metadata = try Safetensors(decoding: Data(contentsOf: URL(filePath: model))).metadata
        #expect(metadata["tokeniser"]?.contains("\"merges\"") == true && metadata["window"] == "32")
        let audit = try Program.run(
            [
                "attack", model, "--members", "sotu-excerpt", "--nonmembers", "sotu-excerpt", "--attack",
                "loss-threshold", "--json",
            ])
        #expect(try audit.decoded(Audit.self).grade.members > 1000, "\(audit.errors)")
    }

    /// A call that must end with 2, one line, and nothing written.
    private struct BadCall {
        var arguments: [String]
        var says: String
    }

    private func expectBad(_ call: BadCall, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let outcome = try Program.run(call.arguments)
        #expect(outcome.status == 2 && outcome.output.isEmpty, "\(call.arguments)", sourceLocation: sourceLocation)
        #expect(
            outcome.errorLines.count == 1 && outcome.errors.hasPrefix("penumbra: "), "\(outcome.errors)",
            sourceLocation: sourceLocation)
        #expect(outcome.errors.contains(call.says), "\(outcome.errors)", sourceLocation: sourceLocation)
    }

    @Test("Bad arguments of run, plan, validate, train and report end with 2, in one line, and write nothing")
    func badSpecs() throws {
        let runs = scratch.file("runs").path
        let bad = try TinySpec.write(
            TinySpec.yaml.replacing("epochs: 20", with: "epochs: -1"), to: scratch, as: "bad.yaml")
        let place = "victims[0].training.epochs: expected a number from 0"
        let calls = [
            BadCall(arguments: ["run", bad, "--runs", runs], says: place),
            BadCall(arguments: ["plan", bad, "--runs", runs], says: place),
            BadCall(arguments: ["validate", bad], says: "bad.yaml: \(place)"),
            BadCall(arguments: ["validate", "/nowhere.yaml"], says: "found no such file"),
            BadCall(
                arguments: ["run", spec, "--runs", runs, "--set", "seed=[1"], says: "--set seed=[1: expected YAML"),
            BadCall(arguments: ["run", spec, "--runs", runs, "--set", "seed"], says: "expected path=value"),
            BadCall(
                arguments: ["run", spec, "--runs", runs, "--set", "images.candidates=9999"], says: "images.candidates:"),
            BadCall(
                arguments: ["run", spec, "--runs", runs, "--set", "images.dataset=cifar"],
                says: "no data set is called 'cifar'"),
            BadCall(
                arguments: ["run", spec, "--runs", runs, "--set", "images.dataset=idx:/nowhere"], says: "/nowhere"),
            BadCall(
                arguments: [
                    "run", spec, "--runs", runs, "--set", "victims.1.privacy.delta=1e-12", "--set",
                    "victims.1.privacy.epsilon=0.01", "--set",
                    "victims.1.training={epochs: 1000000, batch: 100, rate: 1}",
                ],
                says: "epsilon"),
            BadCall(
                arguments: ["run", spec, "--runs", runs, "--workers", "0"], says: "--workers: expected a number from 1"),
            BadCall(arguments: ["run", "--runs", runs], says: "<spec>"),
            BadCall(
                arguments: ["train", spec, "--runs", runs, "--victim", "gtp", "--out", scratch.file("x").path],
                says: "expected one of the victims vae, "),
            BadCall(arguments: ["train", spec, "--runs", runs, "--out", scratch.file("x").path], says: "--victim"),
            BadCall(arguments: ["report", scratch.file("nothing").path], says: "expected a finished run"),
        ]
        for call in calls { try expectBad(call) }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).sorted() == ["bad.yaml", "tiny.yaml"])
    }

    @Test("Bad arguments of sample and attack end with 2 and one line")
    func badModels() throws {
        let (gan, gpt, encoder) = (try train("gan"), try train("gpt"), try train("autoencoder"))
        func saved(_ name: String, _ file: Safetensors) throws -> String {
            let place = scratch.file("\(name).safetensors")
            try file.encoded().write(to: place)
            return place.path
        }
        func tokens(_ values: [Double], _ window: Int) -> Safetensors {
            var file = Safetensors()
            file.arrays["tokens"] = Safetensors.Array(values, shape: [values.count / window, window])
            return file
        }
        func attack(_ model: String, _ members: String, _ others: String, _ more: [String] = []) -> [String] {
            ["attack", model, "--members", members, "--nonmembers", others] + more
        }
        let (members, others) = (part("members", of: "gan"), part("nonmembers", of: "gan"))
        let (windows, otherWindows) = (part("members", of: "gpt"), part("nonmembers", of: "gpt"))
        var stripped = try Safetensors(decoding: Data(contentsOf: URL(filePath: gpt)))
        stripped.metadata["tokeniser"] = nil
        var spoilt = stripped
        spoilt.metadata["tokeniser"] = "{"
        var foreign = stripped
        foreign.metadata["tokeniser"] = "\"ab\""
        var noArchitecture = stripped
        noArchitecture.metadata = [:]
        let picture = scratch.file("x.png").path
        try (try Data(contentsOf: URL(filePath: gan))).prefix(1000).write(to: scratch.file("cut.safetensors"))
        let calls = [
            BadCall(arguments: ["sample", "/nowhere"], says: "/nowhere: expected a checkpoint, found no such file"),
            BadCall(arguments: ["sample", spec], says: "tiny.yaml: no checkpoint: expected a header"),
            BadCall(
                arguments: ["sample", scratch.file("cut.safetensors").path], says: "cut.safetensors: no checkpoint"),
            BadCall(arguments: ["sample", members], says: "architecture"),
            BadCall(arguments: ["sample", try saved("no-architecture", noArchitecture)], says: "architecture"),
            BadCall(arguments: ["sample", gan], says: "--out: required for images"),
            BadCall(arguments: ["sample", gan, "--count", "0", "--out", picture], says: "--count: expected"),
            BadCall(arguments: ["sample", encoder, "--out", picture], says: "autoencoder"),
            BadCall(arguments: ["sample", gpt, "--temperature", "0"], says: "--temperature: expected"),
            BadCall(arguments: ["sample", gpt, "--temperature", "nan"], says: "--temperature: expected"),
            BadCall(arguments: ["sample", gpt, "--top-k", "0"], says: "--top-k: expected"),
            BadCall(arguments: ["sample", gpt, "--top-p", "0"], says: "--top-p: expected"),
            BadCall(arguments: ["sample", gpt, "--top-p", "nan"], says: "--top-p: expected"),
            BadCall(arguments: ["sample", gpt, "--length", "30"], says: "--length: expected 1 to 29 after"),
            BadCall(arguments: ["sample", gpt, "--length", "0"], says: "--length: expected"),
            BadCall(arguments: ["sample", gpt, "--prompt", ""], says: "--prompt: expected 1 to"),
            BadCall(
                arguments: ["sample", gpt, "--prompt", String(repeating: "a", count: 99)],
                says: "--prompt: expected 1 to"),
            BadCall(arguments: ["sample", try saved("stripped", stripped)], says: "tokeniser"),
            BadCall(arguments: ["sample", try saved("spoilt", spoilt)], says: "tokeniser"),
            BadCall(arguments: ["sample", try saved("foreign", foreign)], says: "tokens, found one of 3"),
            BadCall(arguments: attack("/nowhere", members, others), says: "/nowhere: expected a checkpoint"),
            BadCall(
                arguments: attack(gan, "/nowhere.safetensors", others), says: "/nowhere.safetensors: expected records"),
            BadCall(arguments: attack(gan, members, others, ["--attack", "logan"]), says: "found 'logan'"),
            BadCall(arguments: attack(gan, members, others, ["--attack", "correctness"]), says: "found a gan"),
            BadCall(
                arguments: attack(encoder, members, others, ["--attack", "lira-online"]), says: "needs shadow models"),
            BadCall(
                arguments: attack(encoder, members, others, ["--attack", "attack-p"]), says: "needs population records"),
            BadCall(
                arguments: attack(gan, members, others, ["--attack", "nearest-sample", "--set", "samples=0"]),
                says: "samples"),
            BadCall(arguments: attack(gan, windows, otherWindows, ["--attack", "logan-white-box"]), says: "features"),
            BadCall(arguments: attack(gpt, members, others), says: "tokens"),
            BadCall(
                arguments: attack(gpt, try saved("outside", tokens([1, 2, 9999, 3], 2)), otherWindows),
                says: "found 9999"),
            BadCall(
                arguments: attack(gpt, try saved("negative", tokens([1, -2, 1, 3], 2)), otherWindows), says: "found -2"),
            BadCall(
                arguments: attack(gpt, try saved("halves", tokens([1, 2.5, 1, 3], 2)), otherWindows), says: "found 2.5"),
            BadCall(
                arguments: attack(gpt, try saved("nan", tokens([1, .nan, 1, 3], 2)), otherWindows), says: "found nan"),
            BadCall(
                arguments: attack(gpt, try saved("short", tokens([1, 2, 1, 3], 2)), otherWindows), says: "of one length"
            ),
            BadCall(
                arguments: attack(gpt, try saved("long", tokens([Double](repeating: 1, count: 99), 99)), otherWindows),
                says: "found 99"),
            BadCall(arguments: attack(gpt, try saved("none", tokens([], 32)), otherWindows), says: "no member"),
            BadCall(arguments: attack(encoder, "npz:/nowhere", others), says: "/nowhere"),
            BadCall(arguments: attack(encoder, "sotu-excerpt", others), says: "sotu-excerpt"),
        ]
        for call in calls { try expectBad(call) }
        #expect(!FileManager.default.fileExists(atPath: picture))
    }

    @Test("Where a checkpoint or samples cannot be written, the disk is at fault: 1 and one line")
    func unwritable() throws {
        let outcome = try Program.run(["sample", try train("gan"), "--out", "/nowhere/x.png"])
        #expect(outcome.status == 1 && outcome.errorLines.count == 1)
        let train = try Program.run(
            ["train", spec, "--runs", scratch.file("runs").path, "--victim", "gan", "--out", "/nowhere/x"])
        #expect(
            train.status == 1 && train.errorLines.last?.contains("cannot write /nowhere") == true, "\(train.errors)")
    }
}
