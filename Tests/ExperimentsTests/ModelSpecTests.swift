import Models
import Tensors
import Testing
import Training

@testable import Experiments

@Suite("Models in specs")
struct ModelSpecTests {
    @Test("A transformer has GPT-2's form, with an untied head, unless the spec asks for another")
    func transformers() throws {
        func architecture(_ overrides: [String]) throws -> Architecture {
            try TinyExperiment.spec(setting: overrides).victims[4].model.architecture(
                inputs: 0, size: (0, 0), classes: 0, vocabulary: 50, window: 32)
        }
        let plain = Transformer(vocabulary: 50, context: 32, layers: 1, heads: 2, width: 8)
        #expect(try architecture([]) == .transformer(plain))
        let other = Transformer(
            vocabulary: 50, context: 32, layers: 1, heads: 2, width: 8, isTied: true, positions: .rotary,
            norm: .rootMeanSquare, activation: .exactGELU, hasBias: true, hasNormBias: false)
        let asked = ["tied=true", "positions=rotary", "norm=rms", "activation=exact-gelu"]
        #expect(try architecture(asked.map { "victims.4.model.\($0)" }) == .transformer(other))
        var bare = plain
        (bare.hasBias, bare.hasNormBias) = (false, false)
        #expect(try architecture(["victims.4.model.bias=false"]) == .transformer(bare))
    }

    @Test("Convolutions take one number for all layers or one for each, and images may be shrunk")
    func convolutions() throws {
        let model = "{family: gan, latents: 4, convolutional: {channels: [4, 6], kernel: [5, 4], activation: silu}}"
        let plan = try TinyExperiment.plan(setting: ["victims.2.model=\(model)", "images.shrink=2"])
        let victim = try #require(plan.victims.first { $0.spec.id == "gan" })
        #expect(victim.split.size == (14, 14) && victim.split.candidates.features?.columns == 196)
        let expected = GenerativeAdversarialNetwork(
            inputs: 196, generatorHidden: [], discriminatorHidden: [], latents: 4,
            convolutions: Convolutions(
                height: 14, width: 14,
                layers: [
                    .init(channels: 4, kernel: 5, stride: 2, padding: 1),
                    .init(channels: 6, kernel: 4, stride: 2, padding: 1),
                ], activation: .silu))
        #expect(victim.recipe.architecture == .generativeAdversarialNetwork(expected))
    }
}
