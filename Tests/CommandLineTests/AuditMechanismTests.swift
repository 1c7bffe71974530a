import Foundation
import Tensors
import Testing

@Suite("penumbra audit mechanism")
struct AuditMechanismTests {
    private func spec(_ mechanism: String, _ caughtBy: String, in folder: Scratch) throws -> String {
        let yaml = """
            name: tiny
            seed: 4
            mechanism: \(mechanism)
            claim: {clip: 0.5, sigma: 2, batch: 6, records: 60, steps: 40}
            canary: {pairs: 100, runs: 0}
            caughtBy: \(caughtBy)

            """
        return try TinySpec.write(yaml, to: folder)
    }

    private struct Report: Decodable {
        struct Verdict: Decodable {
            var detector: String
            var isCaught: Bool
            var pValue: Double?
        }
        var verdicts: [Verdict]
        var seed: UInt64
    }

    @Test("the correct mechanism passes all four, in a table and in JSON")
    func correct() throws {
        let folder = try Scratch()
        let path = try spec("correct", "[]", in: folder)
        let table = try Program.run(["audit", "mechanism", path])
        #expect(table.status == 0 && table.errors.isEmpty)
        #expect(table.output.contains("rejected by no detector; expected: no detector"))
        #expect(table.output.split(separator: "\n").count { $0.contains("  passed  ") } == 4)
        let json = try Program.run(["audit", "mechanism", path, "--seed", "9", "--json"])
        let report = try json.decoded(Report.self)
        #expect(json.status == 0 && report.seed == 9)
        #expect(
            report.verdicts.map(\.detector)
                == ["sensitivity-probe", "noise-distribution", "sampler", "gradient-canary"])
    }

    @Test("a broken one ends with 0 when those who must reject it do, and with 3 when they do not")
    func broken() throws {
        let folder = try Scratch()
        let caught = try Program.run(["audit", "mechanism", try spec("no-noise", "[noise-distribution]", in: folder)])
        #expect(caught.status == 0 && caught.errors.isEmpty)
        for (mechanism, caughtBy) in [("no-noise", "[]"), ("no-noise", "[sampler]"), ("correct", "[sampler]")] {
            let outcome = try Program.run(["audit", "mechanism", try spec(mechanism, caughtBy, in: folder)])
            #expect(outcome.status == 3 && outcome.errorLines.count == 1)
            #expect(outcome.errors.contains("expected: "))
        }
    }

    /// Normal noise of deviation 2 on nothing, and batches at rate 0.2.
    private func export(to folder: Scratch) throws -> String {
        let random = RandomStream(seed: 8)
        let noise = random["noise"].normalTensor([50, 20], deviation: 2)
        let flips = random["batches"].coinFlips(50 * 40, probability: 0.2).map { $0 ? UInt8(1) : 0 }
        let file = Safetensors(arrays: [
            "released": .init(noise), "clipped": .init(Tensor.zeros([50, 20])),
            "batches": .init(flips, shape: [50, 40]),
        ])
        let url = folder.file("export.safetensors")
        try file.encoded().write(to: url)
        return url.path
    }

    @Test("an export passes with its own claim, and ends with 3 under another")
    func exports() throws {
        let folder = try Scratch()
        let call = ["audit", "mechanism", "--export", try export(to: folder)]
        let right = try Program.run(call + ["--clip", "0.5", "--sigma", "4", "--rate", "0.2"])
        #expect(right.status == 0 && right.errors.isEmpty && right.output.contains("passed"))
        let loud = try Program.run(call + ["--clip", "0.5", "--sigma", "6", "--rate", "0.2"])
        #expect(loud.status == 3 && loud.errors.contains("rejected by noise-distribution"))
        let often = try Program.run(call + ["--clip", "0.5", "--sigma", "4", "--rate", "0.1", "--json"])
        #expect(often.status == 3 && often.errors.contains("rejected by sampler"))
        #expect(try often.decoded([Report.Verdict].self).map(\.isCaught) == [false, true])
    }

    @Test("what is asked wrongly is told in a line, with exit code 2")
    func badInput() throws {
        let folder = try Scratch()
        let (file, tiny) = (try export(to: folder), try spec("correct", "[]", in: folder))
        let cases: [(arguments: [String], says: String)] = [
            ([], "either a spec or --export"), ([tiny, "--export", file], "found both"),
            ([tiny, "--clip", "1"], "--clip belongs to --export"), (["--export", file], "expected --clip"),
            (["--export", file, "--clip", "1", "--sigma", "1"], "expected --rate"),
            (["--export", file, "--clip", "-1"], "--clip: expected a positive"),
            (["--export", file, "--rate", "1.5"], "--rate: expected a number in (0, 1]"),
            (["--export", "/nowhere/x", "--clip", "1"], "/nowhere/x"), (["/nowhere/spec.yaml"], "/nowhere/spec.yaml"),
            (["--export", tiny], "safetensors"), ([tiny, "--level", "2"], "--level"),
        ]
        for (arguments, says) in cases {
            let outcome = try Program.run(["audit", "mechanism"] + arguments)
            #expect(outcome.status == 2 && outcome.errorLines.count == 1, "\(arguments): \(outcome.errors)")
            #expect(outcome.errors.contains(says), "\(arguments): \(outcome.errors)")
        }
    }
}
