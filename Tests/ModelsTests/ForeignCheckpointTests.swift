import Autograd
import Foundation
import Models
import Tensors
import TestSupport
import Testing

/// Checkpoints that PyTorch wrote: those committed in `Foreign`, or, when the variable `PENUMBRA_PYTHON` names a Python
/// with PyTorch, those that `Foreign/make_checkpoints.py` makes now.
@Suite("Checkpoints of PyTorch") struct ForeignCheckpointTests {
    private static let committed = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Foreign")

    private static let folder = Result {
        guard let python = ProcessInfo.processInfo.environment["PENUMBRA_PYTHON"] else { return committed }
        let folder = FileManager.default.temporaryDirectory.appending(path: "penumbra-foreign-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [committed.appending(path: "make_checkpoints.py").path, folder.path]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(python) could not make the checkpoints")
        return folder
    }

    private func read(_ name: String) throws -> Safetensors {
        try Safetensors(decoding: Data(contentsOf: Self.folder.get().appending(path: "\(name).safetensors")))
    }

    /// The hints that belong to a checkpoint.
    private func hints(_ expected: Safetensors) throws -> [ForeignCheckpoint.Hint: String] {
        let pairs = try expected.metadata.map { (try #require(ForeignCheckpoint.Hint(rawValue: $0.key)), $0.value) }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    private func logits(_ model: Model, _ input: Safetensors.Array) throws -> Tensor {
        let bound = BoundParameters(model.parameters, on: Tape(.inference))
        switch model.architecture {
        case .transformer(let network):
            return network.logits(input.doubles.map { Int32($0) }, length: input.shape[1], bound).value
        case .autoencoder(let network):
            return network.decode(network.encode(bound.tape.constant(input.tensor), bound), bound).value
        default:
            throw Safetensors.Invalid(description: "imported as \(model.architecture.family)")
        }
    }

    @Test(
        "give the logits that PyTorch gave",
        arguments: [
            "short-names-tied", "short-names-untied", "rotary", "gpt2", "nanogpt", "sequential", "two-stacks",
        ])
    func logits(_ name: String) throws {
        let expected = try read("\(name).expected")
        let model = try ForeignCheckpoint(try read(name), hints: try hints(expected)).model()
        let (found, wanted) = (try logits(model, try expected.array("input")), try expected.array("logits").doubles)
        #expect(found.count == wanted.count)
        for (index, value) in wanted.enumerated() where abs(Double(found[index]) - value) > 1e-4 {
            Issue.record("\(name): logit \(index) is \(found[index]), PyTorch's \(value)")
        }
        // What was imported is a checkpoint like any other.
        let again = try Model(checkpoint: try Safetensors(decoding: try model.checkpoint().encoded()))
        #expect(again == model)
    }

    @Test("hints that are wrong give other logits: the comparison sees what the shapes cannot say")
    func wrongHints() throws {
        for (name, hint, wrong) in [
            ("short-names-tied", ForeignCheckpoint.Hint.heads, "4"), ("short-names-tied", .activation, "gelu"),
            ("rotary", .norm, "layer"), ("sequential", .activation, "tanh"), ("two-stacks", .codeActivation, "none"),
        ] {
            let expected = try read("\(name).expected")
            var hints = try hints(expected)
            hints[hint] = wrong
            let found = try logits(
                try ForeignCheckpoint(try read(name), hints: hints).model(), try expected.array("input"))
            let wanted = try expected.array("logits").doubles
            #expect(zip(found.doubles, wanted).contains { abs($0 - $1) > 1e-4 }, "\(name) with \(hint) = \(wrong)")
        }
    }

    /// The one line that a changed checkpoint or other hints end in.
    private func message(
        _ name: String, _ hints: [ForeignCheckpoint.Hint: String] = [:], without missing: ForeignCheckpoint.Hint? = nil,
        _ change: (inout Safetensors) -> Void = { _ in }
    ) throws -> String {
        var file = try read(name)
        change(&file)
        let all = try self.hints(try read("\(name).expected")).merging(hints) { $1 }.filter { $0.key != missing }
        let error = try #require(throws: Safetensors.Invalid.self) { try ForeignCheckpoint(file, hints: all).model() }
        #expect(!error.description.contains("\n"))
        return error.description
    }

    @Test("what names and shapes cannot say is asked for by its name") func missingHints() throws {
        for (name, hint) in [
            ("short-names-tied", ForeignCheckpoint.Hint.heads), ("short-names-tied", .activation),
            ("rotary", .context), ("sequential", .codeLayer), ("sequential", .activation),
        ] {
            let line = try message(name, without: hint)
            #expect(line.hasPrefix("\(hint.rawValue): ") && line.contains("give --\(hint.rawValue)"), "\(line)")
        }
        // A module after the code's layer might be anything.
        let line = try message("sequential") { file in
            for layer in [5, 3] {
                for kind in ["weight", "bias"] {
                    file.arrays["\(layer + 1).\(kind)"] = file.arrays.removeValue(forKey: "\(layer).\(kind)")
                }
            }
        }
        #expect(line.hasPrefix("code-activation: "))
    }

    @Test("hints out of range are refused") func wrongValues() throws {
        #expect(try message("gpt2", [.heads: "3"]).contains("expected a divisor of the width 16, found 3"))
        #expect(try message("gpt2", [.heads: "0"]).contains("found 0"))
        #expect(try message("gpt2", [.heads: "two"]).contains("expected a number, found 'two'"))
        #expect(try message("rotary", [.heads: "16"]).contains("positive widths"))
        #expect(try message("rotary", [.norm: "batch"]).contains("expected layer or rms, found 'batch'"))
        #expect(try message("gpt2", [.activation: "gello"]).contains("found 'gello'"))
        #expect(try message("sequential", [.codeLayer: "1"]).contains("expected one of [0, 2, 3], found 1"))
        #expect(try message("sequential", [.codeLayer: "5"]).contains("found 5"))
        #expect(try message("sequential", [.codeLayer: "0"]).contains("layers 2 and 3: expected an activation"))
    }

    @Test("parameters that are unknown, missing, superfluous or misshapen are named") func parameters() throws {
        #expect(try message("gpt2") { $0.arrays = ["conv.weight": .init(Tensor([1]))] }.contains("found conv.weight"))
        #expect(try message("gpt2") { $0.arrays["transformer.ln_f.weight"] = nil }.contains("'ln_f.weight'"))
        #expect(
            try message("gpt2") { $0.arrays["lm_head.bias"] = .init(Tensor([1])) }.contains(
                "'lm_head.bias' does not belong"))
        #expect(
            try message("rotary") { $0.arrays["wte.weight"] = .init(Tensor([1])) }.contains("expected a matrix, found"))
        #expect(
            try message("sequential") { $0.arrays["3.weight"] = .init(Tensor.zeros([6, 4])) }.contains("mirrors"))
        #expect(
            try message("two-stacks") { $0.arrays["encoder.3.weight"] = .init(Tensor.zeros([3, 7])) }.contains(
                "layer encoder.3: expected a weight of 6 inputs, found [3, 7]"))
        #expect(try message("two-stacks") { $0.arrays["encoder.3.weight"] = nil }.contains("'encoder.3.weight'"))
        let bare = try message("two-stacks") { file in
            for kind in ["weight", "bias"] {
                file.arrays["decoder.1.\(kind)"] = file.arrays.removeValue(forKey: "decoder.3.\(kind)")
            }
        }
        #expect(bare.contains("decoder.0 and decoder.1: expected an activation between them"))
    }
}
