import Autograd
public import Datasets
public import Models
import Tensors

/// A model that answers in this process.
public struct LocalService: ModelService {
    private let model: Model
    private let tokeniser: Tokeniser?
    private let id: String

    /// Serves a model; with a tokeniser, answers to texts have text.
    public init(_ model: Model, id: String = "victim", tokeniser: Tokeniser? = nil) {
        (self.model, self.id, self.tokeniser) = (model, id, tokeniser)
    }

    /// What there is to be asked.
    public func card() -> ServiceCard { ServiceCard(id: id, of: model) }

    /// Answers a query.
    ///
    /// - Throws: ``ThreatModelError`` when the family has no such answer or the query is not well formed.
    public func answer(_ query: Query) throws(ThreatModelError) -> Answer {
        switch query {
        case .classify(let rows): .classes(try classes(rows))
        case .encode(let rows, let labels): .vectors(try codes(rows, labels))
        case .decode(let codes): .vectors(try images(codes))
        case .sample(let count, let label, let stream): .vectors(try samples(count, label, stream))
        case .discriminate(let images): .vectors(try scores(images))
        case .complete(let query): .completions(try texts(query))
        case .logits(let contexts): .vectors(try engine().logits(contexts))
        }
    }

    /// Begins a completion, which is computed token by token.
    ///
    /// - Throws: ``ThreatModelError`` when the family continues no texts or the query is not well formed.
    public func stream(_ query: CompletionQuery) throws(ThreatModelError) -> any CompletionStream {
        try engine().stream(query)
    }

    private func classes(_ rows: Tensor) throws(ThreatModelError) -> ClassAnswers {
        guard case .classifier(let network) = model.architecture else {
            throw .unsupported("classes", family: model.architecture.family)
        }
        try check(rows, width: network.inputs)
        let probabilities = try model.answers(Records(features: rows))
        return ClassAnswers(labels: probabilities.rowArgmax(), probabilities: probabilities)
    }

    private func codes(_ rows: Tensor, _ labels: [Int32]?) throws(ThreatModelError) -> Tensor {
        let card = card()
        guard card.operations.contains(.encode) else { throw .unsupported("encoder", family: card.family) }
        try check(rows, width: card.width)
        try card.check(labels: labels, of: rows.rows)
        return try model.codes(Records(features: rows, labels: labels))
    }

    private func images(_ codes: Tensor) throws(ThreatModelError) -> Tensor {
        let generator = try model.decoder()
        guard codes.columns == generator.latents else {
            throw .mismatch("codes \(codes.shape) of a generator that takes \(generator.latents) numbers")
        }
        return evaluate(model.parameters, on: Records(features: codes)) {
            generator.draw($0.tape.constant($1.requiredFeatures), $0)
        }
    }

    private func samples(_ count: Int, _ label: Int32?, _ stream: RandomStream) throws(ThreatModelError) -> Tensor {
        guard count >= 0 else { throw .refused(.invalid(parameter: "count", "expected 0 or more, found \(count)")) }
        return try model.samples(count, of: label, stream)
    }

    private func scores(_ images: Tensor) throws(ThreatModelError) -> Tensor {
        guard case .generativeAdversarialNetwork(let network) = model.architecture else {
            throw .unsupported("discriminator", family: model.architecture.family)
        }
        try check(images, width: network.inputs)
        return evaluate(model.parameters, on: Records(features: images)) {
            network.discriminate($0.tape.constant($1.requiredFeatures), $0)
        }
    }

    private func texts(_ query: CompletionQuery) throws(ThreatModelError) -> [Completion] {
        let engine = try engine()
        try CompletionQuery.check(temperature: Double(query.rule.temperature))
        return try engine.completions(query)
    }

    private func engine() throws(ThreatModelError) -> CompletionEngine {
        guard case .transformer(let network) = model.architecture else {
            throw .unsupported("text to continue", family: model.architecture.family)
        }
        return CompletionEngine(network: network, parameters: model.parameters, tokeniser: tokeniser)
    }

    private func check(_ rows: Tensor, width: Int?) throws(ThreatModelError) {
        guard let width, rows.columns != width else { return }
        throw .refused(.invalid(parameter: "inputs", "expected rows of \(width) numbers, found \(rows.columns)"))
    }
}
