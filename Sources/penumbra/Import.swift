import ArgumentParser
import Foundation
import Models
import Tensors

/// Turns a checkpoint of PyTorch into one of ours.
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turns a PyTorch checkpoint of a transformer or an autoencoder into one of Penumbra's.",
        discussion: """
            Parameters are recognised by their names: nanoGPT's and GPT-2's for transformers, those of nn.Sequential \
            for autoencoders of perceptrons. What shapes cannot say is read from the flags below, or from the file's \
            metadata under the same names. A transformer without a tokeniser is attacked with records of token \
            windows, and sampled with token numbers as its prompt.
            """)

    @Argument(help: "The checkpoint, a safetensors file.")
    var file: String

    @Option(help: "Where ours goes, a safetensors file.")
    var out: String

    @Option(help: "The number of heads of a transformer.")
    var heads: Int?

    @Option(help: "The longest sequence of a transformer with rotary positions.")
    var context: Int?

    @Option(help: "The activation: \(Activation.named.keys.sorted().joined(separator: ", ")); gelu is the tanh form.")
    var activation: String?

    @Option(help: "The norm of a transformer, layer or rms (default: layer).")
    var norm: String?

    @Option(help: "The number of the layer of an nn.Sequential whose output is the code, as in the parameters' names.")
    var codeLayer: Int?

    @Option(help: "The activation of the code, or none.")
    var codeActivation: String?

    private var hints: [ForeignCheckpoint.Hint: String] {
        let given: [ForeignCheckpoint.Hint: String?] = [
            .heads: heads.map { "\($0)" }, .context: context.map { "\($0)" }, .activation: activation, .norm: norm,
            .codeLayer: codeLayer.map { "\($0)" }, .codeActivation: codeActivation,
        ]
        return given.compactMapValues { $0 }
    }

    func run() throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Failure(.badInput, "\(file): expected a checkpoint, found no such file")
        }
        let checkpoint: Safetensors
        do {
            let foreign = try Safetensors(decoding: data)
            let kept = foreign.metadata.filter { ["tokeniser", "window"].contains($0.key) }
            checkpoint = try ForeignCheckpoint(foreign, hints: hints).model().checkpoint(metadata: kept)
        } catch let error as Safetensors.Invalid {
            throw Failure(.badInput, "\(file): \(error.description)")
        }
        try checkpoint.encoded().write(to: URL(filePath: out), options: .atomic)
        try Output.result("checkpoint: \(out)")
        try Output.result("architecture: \(checkpoint.metadata["architecture"] ?? "")")
    }
}
