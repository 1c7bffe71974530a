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
        .transformer(
            Transformer(
                vocabulary: 5, context: 4, layers: 1, heads: 2, width: 4, positions: .rotary, norm: .rootMeanSquare,
                activation: .exactGELU, hasBias: false, hasNormBias: false)),
        .classifier(Classifier(inputs: 5, hidden: [], classes: 2)),
        .decoder(CodeDecoder(inputs: 2, hidden: [4], outputs: 5)),
        .autoencoder(Autoencoder(inputs: 30, hidden: [4], latents: 2, convolutions: Family.convolutions(.group))),
        .autoencoder(Autoencoder(inputs: 5, hidden: [], latents: 2, codeObjective: .contrastive(temperature: 0.5))),
        .variationalAutoencoder(
            VariationalAutoencoder(inputs: 30, hidden: [], latents: 2, convolutions: Family.convolutions(.batch))),
        .variationalAutoencoder(
            VariationalAutoencoder(
                inputs: 30, hidden: [], latents: 2, convolutions: Family.convolutions(.none), classes: 3)),
        .variationalAutoencoder(
            VariationalAutoencoder(inputs: 5, hidden: [4, 3], latents: 2, classes: 2, activations: [.elu, .tanh])),
        .generativeAdversarialNetwork(
            GenerativeAdversarialNetwork(
                inputs: 30, generatorHidden: [4], discriminatorHidden: [], latents: 2,
                convolutions: Family.convolutions(.batch))),
        .classifier(Classifier(inputs: 30, hidden: [], classes: 2, convolutions: Family.convolutions(.none))),
        .classifier(
            Classifier(
                inputs: 30, hidden: [4], classes: 2,
                convolutions: Convolutions(
                    height: 6, width: 5, layers: [.init(channels: 3, kernel: 3, padding: 1, pooling: 2)]))),
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

    @Test("a transformer whose checkpoint mentions no form has GPT-2's") func defaults() throws {
        let model = Model(untrained: CheckpointTests.architectures[4], RandomStream(seed: 9))
        var file = try model.checkpoint()
        file.metadata["architecture"] = """
            {"transformer":{"_0":{"context":4,"dropout":0,"heads":2,"isTied":false,"layers":1,"vocabulary":5,"width":4}}}
            """
        #expect(try Model(checkpoint: file) == model)
    }

    @Test("a variational autoencoder without classes is written as before there were any, and read") func classless()
        throws
    {
        let model = Model(untrained: CheckpointTests.architectures[1], RandomStream(seed: 9))
        let file = try model.checkpoint()
        let written =
            #"{"variationalAutoencoder":{"_0":{"dropout":0.1,"hidden":[4],"inputs":5,"latents":2}}}"#
        #expect(file.metadata["architecture"]?.replacing("0.10000000149011612", with: "0.1") == written)
        guard case .variationalAutoencoder(let network) = try Model(checkpoint: file).architecture else {
            Issue.record("read as another family")
            return
        }
        #expect(network.classes == 0 && network.activations == [.relu])
    }

    @Test("classes below zero or beyond counting, and activations for other layers, are errors")
    func unsoundVariationalAutoencoders() throws {
        let sound = VariationalAutoencoder(
            inputs: 5, hidden: [4, 3], latents: 2, classes: 2, activations: [.elu, .tanh])
        let file = try Model(untrained: .variationalAutoencoder(sound), RandomStream(seed: 9)).checkpoint()
        for (old, new) in [
            ("\"classes\":2", "\"classes\":-1"), ("\"classes\":2", "\"classes\":\(Int.max)"),
            ("{\"elu\":{}},", "{\"elu\":{}},{\"elu\":{}},"), ("{\"elu\":{}},{\"tanh\":{}}", ""),
        ] {
            var changed = file
            changed.metadata["architecture"] = file.metadata["architecture"]?.replacing(old, with: new)
            #expect(changed.metadata != file.metadata)
            let error = try #require(throws: Safetensors.Invalid.self) { try Model(checkpoint: changed) }
            #expect(error.description.contains("positive widths"), "\(new)")
        }
    }

    @Test("pooling is an error where images are drawn, and where it leaves nothing of them") func pooling() throws {
        func check(_ architecture: Architecture, _ old: String, _ new: String) throws {
            var file = try Model(untrained: architecture, RandomStream(seed: 9)).checkpoint()
            let json = try #require(file.metadata["architecture"])
            file.metadata["architecture"] = json.replacing(old, with: new)
            #expect(file.metadata["architecture"] != json)
            let error = try #require(throws: Safetensors.Invalid.self) { try Model(checkpoint: file) }
            #expect(error.description.contains("positive widths"), "\(new)")
        }
        let pooled = try #require(Self.architectures.last)
        for side in [0, -2, 7] { try check(pooled, "\"pooling\":2", "\"pooling\":\(side)") }
        let drawing = Self.architectures.filter { $0.imageSize != nil && $0.family != "classifier" }
        #expect(drawing.count == 4)
        for architecture in drawing { try check(architecture, "\"padding\":1", "\"padding\":1,\"pooling\":1") }
    }

    @Test("rotary positions with heads of odd width are an error") func oddHeads() throws {
        let odd = Transformer(vocabulary: 5, context: 4, layers: 1, heads: 4, width: 4)
        var file = try Model(untrained: .transformer(odd), RandomStream(seed: 9)).checkpoint()
        file.metadata["architecture"] = file.metadata["architecture"]?.replacing("learned", with: "rotary")
        let error = try #require(throws: Safetensors.Invalid.self) { try Model(checkpoint: file) }
        #expect(error.description.contains("rotary"))
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
        let convolutional = Architecture.classifier(
            Classifier(inputs: 30, hidden: [], classes: 2, convolutions: Family.convolutions(.none)))
        for (old, new) in [
            ("\"kernel\":3", "\"kernel\":30"), ("\"height\":6", "\"height\":7"), ("\"stride\":2", "\"stride\":0"),
        ] {
            var file = try Model(untrained: convolutional, RandomStream(seed: 9)).checkpoint()
            file.metadata["architecture"] = file.metadata["architecture"]?.replacing(old, with: new)
            let error = try #require(throws: Safetensors.Invalid.self) { try Model(checkpoint: file) }
            #expect(error.description.contains("positive widths"), "\(new)")
        }
        #expect(try message { $0.arrays["encoder.0.bias"] = nil }.contains("'encoder.0.bias'"))
        #expect(try message { $0.arrays["more"] = .init(Tensor([1])) }.contains("'more'"))
        let shape = try message { $0.arrays["encoder.0.bias"] = .init(Tensor([1, 2])) }
        #expect(shape.contains("'encoder.0.bias'") && shape.contains("[4]") && shape.contains("[2]"))
    }
}
