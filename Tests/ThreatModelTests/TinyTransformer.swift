import Autograd
import Datasets
import Foundation
import Models
import Tensors

@testable import ThreatModel

/// A transformer of 12 tokens and 9 places whose predictions are far from uniform, though nobody trained it.
enum TinyTransformer {
    static let vocabulary = 12
    static let context = 9

    static let network = Transformer(vocabulary: vocabulary, context: context, layers: 2, heads: 2, width: 8)

    static let model: Model = {
        var model = Model(untrained: .transformer(network), RandomStream(seed: 3))
        for name in model.parameters.names { model.parameters[name] = model.parameters[name] * 6 }
        return model
    }()

    /// Twelve characters: the unknown one and `a` to `k`.
    static func tokeniser() throws -> Tokeniser {
        .characters(try CharacterTokeniser(corpus: TextCorpus(documents: [.init(name: "", text: "abcdefghijk")])))
    }

    static func prompts(_ count: Int, length: Int) -> [[Int32]] {
        let words = RandomStream(seed: 4)["prompts"].words(count * length)
        return (0..<count).map { text in
            (0..<length).map { Int32(words[text * length + $0] % UInt32(vocabulary)) }
        }
    }

    /// The texts that the service answers with.
    static func complete(_ query: CompletionQuery, tokeniser: Tokeniser? = nil) throws -> [Completion] {
        guard case .completions(let texts) = try LocalService(model, tokeniser: tokeniser).answer(.complete(query))
        else {
            throw ThreatModelError.mismatch("no texts")
        }
        return texts
    }

    /// The log-probabilities of the token after a context, by a forward pass over all of it.
    static func logProbabilities(after context: [Int32], bias: [Int32: Float] = [:]) throws -> [Double] {
        guard case .vectors(let rows) = try LocalService(model).answer(.logits([context])) else {
            throw ThreatModelError.mismatch("no logits")
        }
        var logits = rows.row(0).map { Double($0) }
        for (token, value) in bias { logits[Int(token)] += Double(value) }
        let normaliser = log(logits.reduce(0) { $0 + exp($1) })
        return logits.map { $0 - normaliser }
    }
}
