import Autograd
import Foundation
import Models
import Tensors
import TestSupport
import Testing

@Suite("A transformer") struct TransformerTests {
    static let models = [
        Transformer(vocabulary: 11, context: 12, layers: 2, heads: 2, width: 8),
        Transformer(
            vocabulary: 11, context: 12, layers: 2, heads: 2, width: 8, isTied: true, activation: .exactGELU,
            hasBias: false, hasNormBias: false),
        Transformer(vocabulary: 11, context: 12, layers: 2, heads: 2, width: 8, positions: .rotary),
        Transformer(
            vocabulary: 11, context: 12, layers: 2, heads: 1, width: 8, isTied: true, positions: .rotary,
            norm: .rootMeanSquare, activation: .silu, hasBias: false, hasNormBias: false),
    ]

    /// Weights large enough that every position matters.
    static func parameters(_ model: Transformer) -> Parameters {
        var parameters = model.initialParameters(RandomStream(seed: 1))
        for name in parameters.names where !name.contains("ln_") {
            parameters[name] = RandomStream(seed: 2)[name].normalTensor(parameters[name].shape, deviation: 0.4)
        }
        return parameters
    }

    private func logits(_ model: Transformer, _ tokens: [Int32], _ length: Int) -> Tensor {
        model.logits(
            tokens, length: length, BoundParameters(TransformerTests.parameters(model), on: Tape(.inference))
        ).value
    }

    @Test("a later token does not change earlier logits, and does change later ones", arguments: models)
    func causality(_ model: Transformer) {
        let tokens = Family.tokens(20, 11)
        let before = logits(model, tokens, 10)
        for place in [0, 3, 9, 14] {
            var changed = tokens
            changed[place] = (changed[place] + 1) % 11
            let after = logits(model, changed, 10)
            for row in 0..<20 {
                let isReached = row / 10 == place / 10 && row >= place
                #expect((before.row(row) == after.row(row)) != isReached, "row \(row), changed \(place)")
            }
        }
    }

    @Test("positions matter: a permuted past gives other logits", arguments: models)
    func positions(_ model: Transformer) {
        #expect(logits(model, [1, 2, 3], 3).row(2) != logits(model, [2, 1, 3], 3).row(2))
        // A shorter sequence sees the same first positions.
        expectClose(logits(model, [1, 2], 2), logits(model, [1, 2, 3], 3).rows(0..<2), tolerance: 1e-6)
    }

    @Test("parameters are those that the form has, and no others") func form() {
        let names = TransformerTests.models.map { Set($0.initialParameters(RandomStream(seed: 1)).names) }
        let biases = names[0].filter { $0.hasSuffix("bias") }
        #expect(biases.count == 2 * 6 + 1 && names[1] == names[0].subtracting(biases).subtracting(["lm_head.weight"]))
        #expect(names[2] == names[0].subtracting(["wpe.weight"]))
        #expect(names[3] == names[1].subtracting(["wpe.weight"]))
    }

    @Test("each choice of form changes the logits of the same parameters") func choices() {
        let model = Transformer(vocabulary: 11, context: 12, layers: 1, heads: 2, width: 8)
        var (rotary, norm, activation) = (model, model, model)
        rotary.positions = .rotary
        norm.norm = .rootMeanSquare
        activation.activation = .exactGELU
        let bound = BoundParameters(TransformerTests.parameters(model), on: Tape(.inference))
        let all = [model, rotary, norm, activation].map { $0.logits([1, 2, 3], length: 3, bound).value.values }
        #expect(Set(all).count == 4)
    }

    @Test("with rotary positions alone, tokens that attend only to themselves give the same logits anywhere")
    func rotary() {
        let model = TransformerTests.models[2]
        // Equal tokens: attention mixes equal values, whatever its weights.
        let rows = logits(model, [5, 5, 5, 5], 4)
        for row in 1..<4 { expectClose(rows.rows(row..<row + 1), rows.rows(0..<1), tolerance: 1e-5) }
        // Negative control: learned positions tell them apart.
        let learned = logits(TransformerTests.models[0], [5, 5, 5, 5], 4)
        #expect(abs(learned[0] - learned[11]) > 1e-2)
    }

    @Test("the untrained loss is about the logarithm of the vocabulary", arguments: models)
    func untrained(_ model: Transformer) {
        let parameters = model.initialParameters(RandomStream(seed: 3))
        let records = Records(tokens: Family.tokens(80, 11), window: 8)
        let bound = BoundParameters(parameters, on: Tape(.inference))
        let losses = model.losses(model.phases[0], records, bound, RandomStream(seed: 4)).value
        #expect(losses.values.allSatisfy { abs(Double($0) - log(11)) < 0.15 })
        let perToken = model.tokenLosses(records, bound).value
        #expect(perToken.shape == [10, 7])
        expectClose(losses, perToken.rowSums() * (1 / 7), tolerance: 1e-6)
    }

    @Test("a token's loss is minus the logarithm of its softmax", arguments: models)
    func tokenLosses(_ model: Transformer) {
        let records = Records(tokens: [1, 2, 3, 4, 0, 9, 9, 7], window: 4)
        let bound = BoundParameters(TransformerTests.parameters(model), on: Tape(.inference))
        let losses = model.tokenLosses(records, bound).value
        let logarithms = logits(model, [1, 2, 3, 0, 9, 9], 3).logSoftmax()
        let next = [2, 3, 4, 9, 9, 7]
        expectClose(losses, next.enumerated().map { -Double(logarithms[$0 * 11 + $1]) }, tolerance: 1e-6)
    }

    @Test("a tied head is the embedding") func tied() {
        #expect(!TransformerTests.models[1].initialParameters(RandomStream(seed: 1)).contains("lm_head.weight"))
        #expect(TransformerTests.models[0].initialParameters(RandomStream(seed: 1)).contains("lm_head.weight"))
    }

    @Test("residual weights are drawn smaller") func initial() {
        let model = Transformer(vocabulary: 11, context: 12, layers: 8, heads: 2, width: 64)
        let parameters = model.initialParameters(RandomStream(seed: 1))
        for (name, deviation) in [("h.3.mlp.c_fc.weight", 0.02), ("h.3.mlp.c_proj.weight", 0.005)] {
            let found = (parameters[name].squaredNorm() / Double(parameters[name].count)).squareRoot()
            #expect(abs(found / deviation - 1) < 0.03, "\(name)")
        }
    }
}
