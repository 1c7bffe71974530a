import Autograd
import Models
import Tensors
import ThreatModel

/// Transformers of width 16 whose logits have the size of a trained model's, with gains and biases that matter.
enum TinyLanguageModel {
    static let width = 16
    static let vocabulary = 128

    static func model(
        vocabulary: Int = vocabulary, width: Int = width, norm: Normalisation = .layer, hasNormBias: Bool = true,
        isTied: Bool = false, dropout: Float = 0, seed: UInt64 = 71
    ) -> Model {
        let random = RandomStream(seed: seed)
        let network = Transformer(
            vocabulary: vocabulary, context: 8, layers: 1, heads: 2, width: width, isTied: isTied, dropout: dropout,
            norm: norm, hasNormBias: hasNormBias)
        var parameters = network.initialParameters(random["initial"])
        for name in parameters.names where name.hasSuffix("lm_head.weight") || name.hasSuffix("wte.weight") {
            parameters[name] = random[name].normalTensor(parameters[name].shape, deviation: 0.5)
        }
        parameters["ln_f.weight"] = random["gain"].normalTensor([width], deviation: 0.3) + 1
        if hasNormBias { parameters["ln_f.bias"] = random["bias"].normalTensor([width], deviation: 0.5) }
        return Model(.transformer(network), parameters)
    }

    /// What nobody knows beside the queries.
    static var nothing: Knowledge {
        let none = Records(tokens: [], window: 4)
        return Knowledge(candidates: none, population: none)
    }
}

/// A service that answers as if no token had a bias.
struct BiasIgnored: ModelService {
    let service: LocalService

    func card() throws(ThreatModelError) -> ServiceCard { service.card() }

    func answer(_ query: Query) throws(ThreatModelError) -> Answer {
        guard case .complete(var completion) = query else { return try service.answer(query) }
        completion.bias = [:]
        return try service.answer(.complete(completion))
    }
}
