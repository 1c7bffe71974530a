import Foundation
import Tensors
import Testing

/// Checkpoints that PyTorch wrote, from `import` to the commands that accept ours.
@Suite("penumbra import, and what its checkpoints are good for")
struct ImportTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func foreign(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../ModelsTests/Foreign/\(name).safetensors").path
    }

    private func imported(_ name: String, _ options: [String]) throws -> String {
        let file = scratch.file("\(name).safetensors").path
        let outcome = try Program.run(["import", foreign(name), "--out", file] + options)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(outcome.output.contains("checkpoint: \(file)\narchitecture: {"))
        return file
    }

    private func write(_ file: Safetensors, _ name: String) throws -> String {
        let place = scratch.file(name)
        try file.encoded().write(to: place)
        return place.path
    }

    @Test("A transformer is attacked and evaluated with token windows, and sampled with token numbers")
    func transformer() throws {
        let model = try imported("gpt2", ["--heads", "2"])
        let windows = (0..<2).map { part in
            let tokens = RandomStream(seed: 1)[part].words(80).map { Double($0 % 11) }
            return Safetensors(arrays: ["tokens": Safetensors.Array(tokens, shape: [10, 8])])
        }
        let (members, others) = (
            try write(windows[0], "members.safetensors"), try write(windows[1], "others.safetensors")
        )
        let audit = try Program.run(["attack", model, "--members", members, "--nonmembers", others])
        #expect(audit.status == 0 && audit.output.contains("token-loss, 20 queries"), "\(audit.errors)")

        let scores = scratch.file("scores.safetensors")
        let evaluation = try Program.run(["evaluate", model, "--records", members, "--out", scores.path])
        #expect(evaluation.status == 0 && evaluation.output.contains("10 records, mean loss "), "\(evaluation.errors)")
        let file = try Safetensors(decoding: Data(contentsOf: scores))
        #expect(file.arrays.keys.sorted() == ["log_probabilities", "means", "variances"])
        #expect(file.arrays.values.allSatisfy { $0.shape == [10, 7] })

        let sample = ["sample", model, "--prompt", "3 0 7", "--count", "4", "--length", "5", "--top-p", "0.9"]
        let texts = try Program.run(sample)
        let lines = texts.output.split(separator: "\n").map { $0.split(separator: " ").compactMap { Int($0) } }
        #expect(texts.status == 0 && lines.count == 4, "\(texts.errors)")
        #expect(lines.allSatisfy { $0.count == 8 && $0.starts(with: [3, 0, 7]) && $0.allSatisfy((0..<11).contains) })
        #expect(Set(lines).count > 1)
        let greedy = try Program.run(sample + ["--top-k", "1"]).output.split(separator: "\n")
        #expect(greedy.count == 4 && Set(greedy).count == 1)
    }

    @Test("An autoencoder is attacked with vectors")
    func autoencoder() throws {
        let model = try imported("sequential", ["--activation", "relu", "--code-layer", "2"])
        let files = try (0..<2).map { part in
            let features = RandomStream(seed: 2)[part].uniformTensor([12, 10])
            return try write(
                Safetensors(arrays: ["features": Safetensors.Array(features)]), "records-\(part).safetensors")
        }
        let audit = try Program.run(["attack", model, "--members", files[0], "--nonmembers", files[1]])
        #expect(audit.status == 0 && audit.output.contains("reconstruction-error, 24 queries"), "\(audit.errors)")
    }

    @Test("What is missing or wrong ends with 2 and one line, and nothing is written")
    func bad() throws {
        let out = scratch.file("x.safetensors").path
        let autoencoder = try imported("sequential", ["--activation", "relu", "--code-layer", "2"])
        let calls: [(arguments: [String], says: String)] = [
            (["import", "/nowhere", "--out", out], "/nowhere: expected a checkpoint, found no such file"),
            (["import", #filePath, "--out", out], "expected a header"),
            (["import", foreign("nanogpt"), "--out", out], "nanogpt.safetensors: heads: the shapes cannot say"),
            (["import", foreign("nanogpt"), "--out", out, "--heads", "2"], "give --activation"),
            (["import", foreign("nanogpt"), "--out", out, "--heads", "5"], "heads: expected a divisor"),
            (["import", foreign("gpt2.expected"), "--out", out], "found input, logits"),
            (["import", foreign("gpt2"), "--heads", "2"], "--out"),
            (["evaluate", autoencoder, "--records", "/nowhere", "--out", out], "expected a transformer, found a"),
        ]
        for (arguments, says) in calls {
            let outcome = try Program.run(arguments)
            #expect(outcome.status == 2 && outcome.output.isEmpty && outcome.errorLines.count == 1, "\(arguments)")
            #expect(outcome.errors.contains(says), "\(outcome.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: out))
    }
}
