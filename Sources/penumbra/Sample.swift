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

    @Option(help: "The file for images: .safetensors (samples [count, pixels] in [0, 1]) or .png (one row of squares).")
    var out: String?

    @Option(help: "The beginning of each text.")
    var prompt = "The "

    @Option(help: "The temperature of text.")
    var temperature: Float = 0.8

    @Option(help: "The seed of the draws.")
    var seed: UInt64 = 0

    func validate() throws {
        guard (1...100_000).contains(count) else {
            throw ValidationError("--count: expected a number from 1 to 100000, found \(count)")
        }
        guard temperature > 0 else { throw ValidationError("--temperature: expected above 0, found \(temperature)") }
    }

    func run() throws {
        try BLAS.verify()
        let saved = try SavedModel(contentsOf: URL(filePath: model))
        let random = RandomStream(seed: seed)["sample"]
        if case .transformer(let network) = saved.model.architecture { return try text(saved, network, random) }
        try write(try saved.model.samples(count, random))
    }

    private func text(_ saved: SavedModel, _ network: Transformer, _ random: RandomStream) throws {
        guard let tokeniser = saved.tokeniser else {
            throw Failure(.badInput, "\(model): expected a tokeniser in the checkpoint's metadata, found none")
        }
        let start = tokeniser.encode(prompt)
        guard !start.isEmpty, start.count < network.context else {
            throw Failure(.badInput, "--prompt: expected 1 to \(network.context - 1) characters, found \(start.count)")
        }
        let texts = TextGenerator.continuations(
            of: Array(repeating: start, count: count), by: network.context - start.count, network,
            saved.model.parameters, .sampled(temperature: temperature, random))
        for tokens in texts { try Output.result(prompt + (try tokeniser.decode(tokens))) }
    }

    private func write(_ samples: Tensor) throws {
        guard let out else { throw Failure(.badInput, "--out: required for images, and missing") }
        let url = URL(filePath: out)
        guard url.pathExtension == "png" else {
            let file = Safetensors(arrays: ["samples": Safetensors.Array(samples)])
            try file.encoded().write(to: url, options: .atomic)
            return try Output.result("samples: \(out)")
        }
        let side = Int(Double(samples.columns).squareRoot())
        guard side * side == samples.columns else {
            throw Failure(.badInput, "--out: expected square images for a PNG, found \(samples.columns) pixels")
        }
        var pixels: [UInt8] = []
        for y in 0..<side {
            for row in 0..<samples.rows {
                let line: ArraySlice<Float> = samples.row(row)[y * side..<(y + 1) * side]
                pixels += line.map { UInt8(max(0, min(255, ($0 * 255).rounded()))) }
            }
        }
        let picture = GrayImage(width: side * samples.rows, height: side, pixels: pixels)
        try Data(PNG.encode(picture)).write(to: url, options: .atomic)
        try Output.result("samples: \(out)")
    }
}
