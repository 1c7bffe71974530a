import Foundation
import Models
import Tensors
import Testing

@Suite("Checkpoints") struct CheckpointTests {
    static let architectures: [Architecture] = [
        .autoencoder(Autoencoder(inputs: 5, hidden: [4], latents: 2)),
        .variationalAutoencoder(VariationalAutoencoder(inputs: 5, hidden: [4], latents: 2, dropout: 0.1)),
        .generativeAdversarialNetwork(
            GenerativeAdversarialNetwork(inputs: 5, generatorHidden: [4], discriminatorHidden: [3], latents: 2)),
        .transformer(Transformer(vocabulary: 5, context: 4, layers: 1, heads: 2, width: 4, isTied: true)),
        .transformer(Transformer(vocabulary: 5, context: 4, layers: 1, heads: 2, width: 4)),
        .classifier(Classifier(inputs: 5, hidden: [], classes: 2)),
        .decoder(CodeDecoder(inputs: 2, hidden: [4], outputs: 5)),
    ]

    @Test("a model is what it was after a round trip through bytes", arguments: architectures)
    func roundTrip(_ architecture: Architecture) throws {
        let model = Model(untrained: architecture, RandomStream(seed: 9))
        let file = try model.checkpoint(metadata: ["run": "1"])
        let back = try Safetensors(decoding: file.encoded())
        #expect(back.metadata["run"] == "1")
        #expect(try Model(checkpoint: back) == model)
        // The parameters are those of the file, not fresh ones.
        #expect(try Model(checkpoint: back) != Model(untrained: architecture, RandomStream(seed: 0)))
    }

    private func message(_ change: (inout Safetensors) -> Void) throws -> String {
        var file = try Model(untrained: CheckpointTests.architectures[0], RandomStream(seed: 9)).checkpoint()
        change(&file)
        return try #require(throws: Safetensors.Invalid.self) { try Model(checkpoint: file) }.description
    }

    @Test("what is missing, superfluous or misshapen is named") func errors() throws {
        #expect(try message { $0.metadata = [:] }.contains("'architecture'"))
        #expect(try message { $0.metadata["architecture"] = "{\"perceptron\":{}}" }.contains("perceptron"))
        #expect(try message { $0.metadata["architecture"] = "nonsense" }.contains("nonsense"))
        let absurd = try message { file in
            file.metadata["architecture"] = file.metadata["architecture"]?.replacing(
                "\"latents\":2", with: "\"latents\":-2")
        }
        #expect(absurd.contains("positive widths"))
        #expect(try message { $0.arrays["encoder.0.bias"] = nil }.contains("'encoder.0.bias'"))
        #expect(try message { $0.arrays["more"] = .init(Tensor([1])) }.contains("'more'"))
        let shape = try message { $0.arrays["encoder.0.bias"] = .init(Tensor([1, 2])) }
        #expect(shape.contains("'encoder.0.bias'") && shape.contains("[4]") && shape.contains("[2]"))
    }
}
