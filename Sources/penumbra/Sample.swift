import ArgumentParser
import Datasets
import Experiments
import Foundation
import Models
import Tensors
import ThreatModel

/// Draws from a generative model.
struct Sample: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draws samples: images into a safetensors or PNG file, text to standard output.")

    @Argument(help: "The checkpoint, a safetensors file.")
    var model: String

    @Option(help: "How many samples.")
    var count = 16

    @Option(help: "The file for images: .safetensors (samples [count, pixels] in [0, 1]) or .png (one row of images).")
    var out: String?

    @Option(help: "The beginning of each text; numbers of tokens, such as '7 0 12', for a model without a tokeniser.")
    var prompt = "The"

    @Option(help: "How many tokens each text goes on (default: as many as the model's context holds).")
    var length: Int?

    @Option(help: "The temperature of text.")
    var temperature: Float = 0.8

    @Option(help: "Draw each token from the so many likeliest; 1 is greedy (default: from all).")
    var topK: Int?

    @Option(help: "Draw each token from the likeliest whose probabilities reach this.")
    var topP = 1.0

    @Option(help: "The seed of the draws.")
    var seed: UInt64 = 0

    func validate() throws {
        guard (1...100_000).contains(count) else {
            throw ValidationError("--count: expected a number from 1 to 100000, found \(count)")
        }
        guard temperature > 0 else { throw ValidationError("--temperature: expected above 0, found \(temperature)") }
        if let topK, topK < 1 { throw ValidationError("--top-k: expected at least 1, found \(topK)") }
        guard topP > 0, topP <= 1 else { throw ValidationError("--top-p: expected above 0 and up to 1, found \(topP)") }
    }

    func run() throws {
        try BLAS.verify()
        let saved = try SavedModel(contentsOf: URL(filePath: model))
        let random = RandomStream(seed: seed)["sample"]
        if case .transformer(let network) = saved.model.architecture { return try text(saved, network, random) }
        try write(try saved.model.samples(count, random), size: saved.model.architecture.imageSize)
    }

    private func text(_ saved: SavedModel, _ network: Transformer, _ random: RandomStream) throws {
        let start = try promptTokens(saved, network)
        guard !start.isEmpty, start.count < network.context else {
            throw Failure(.badInput, "--prompt: expected 1 to \(network.context - 1) tokens, found \(start.count)")
        }
        let room = network.context - start.count
        guard (1...room).contains(length ?? room) else {
            throw Failure(.badInput, "--length: expected 1 to \(room) after this prompt, found \(length ?? room)")
        }
        let texts = TextGenerator.continuations(
            of: Array(repeating: start, count: count), by: length ?? room, network, saved.model.parameters,
            SamplingRule(temperature: temperature, topK: topK, topP: topP), random)
        for tokens in texts {
            let words = try saved.tokeniser?.decode(tokens) ?? tokens.map { " \($0)" }.joined()
            try Output.result(prompt + words)
        }
    }

    private func promptTokens(_ saved: SavedModel, _ network: Transformer) throws -> [Int32] {
        if let tokeniser = saved.tokeniser { return tokeniser.encode(prompt) }
        let tokens = prompt.split(separator: " ").map { Int32($0) ?? -1 }
        guard tokens.allSatisfy({ $0 >= 0 && $0 < network.vocabulary }) else {
            throw Failure(
                .badInput,
                "--prompt: expected tokens from 0 to \(network.vocabulary - 1), since \(model) has no tokeniser, "
                    + "found '\(prompt)'")
        }
        return tokens
    }

    private func write(_ samples: Tensor, size: (width: Int, height: Int)?) throws {
        guard let out else { throw Failure(.badInput, "--out: required for images, and missing") }
        let url = URL(filePath: out)
        guard url.pathExtension == "png" else {
            let file = Safetensors(arrays: ["samples": Safetensors.Array(samples)])
            try file.encoded().write(to: url, options: .atomic)
            return try Output.result("samples: \(out)")
        }
        let side = Int(Double(samples.columns).squareRoot())
        let (width, height) = size ?? (side, side)
        guard width * height == samples.columns else {
            throw Failure(.badInput, "--out: expected square images for a PNG, found \(samples.columns) pixels")
        }
        var pixels: [UInt8] = []
        for y in 0..<height {
            for row in 0..<samples.rows {
                let line: ArraySlice<Float> = samples.row(row)[y * width..<(y + 1) * width]
                pixels += line.map { UInt8(max(0, min(255, ($0 * 255).rounded()))) }
            }
        }
        let picture = GrayImage(width: width * samples.rows, height: height, pixels: pixels)
        try Data(PNG.encode(picture)).write(to: url, options: .atomic)
        try Output.result("samples: \(out)")
    }
}
