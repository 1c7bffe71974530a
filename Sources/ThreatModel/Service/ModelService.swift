public import Models
public import Tensors

/// A model behind an interface: it is asked, and nothing can be read from it.
///
/// The same whether it answers in this process or over HTTP, and whether or not something between it and the caller
/// meters, defends or watches: each of those is a service that wraps another.
public protocol ModelService: Sendable {
    /// What the service says of its model.
    ///
    /// - Throws: ``ThreatModelError/refused(_:)`` when it cannot be reached.
    func card() throws(ThreatModelError) -> ServiceCard
    /// Answers a query.
    ///
    /// - Throws: ``ThreatModelError`` when the model has no such answer, the query is not well formed, or the service
    ///   refuses.
    func answer(_ query: Query) throws(ThreatModelError) -> Answer
    /// Begins an answer to ``Query/complete(_:)`` that is told token by token; its parts make the same answer.
    ///
    /// - Throws: ``ThreatModelError`` when the service refuses; what is wrong may also be told by the stream.
    func stream(_ query: CompletionQuery) throws(ThreatModelError) -> any CompletionStream
}

extension ModelService {
    /// The whole answer, held back until it is there: right for every service, if late.
    public func stream(_ query: CompletionQuery) throws(ThreatModelError) -> any CompletionStream {
        WholeCompletionStream(self, query)
    }
}

/// What can be asked of a service.
public enum Operation: String, Codable, Sendable, CaseIterable {
    /// The classes of records.
    case classify
    /// The codes of records.
    case encode
    /// The images of codes.
    case decode
    /// Images drawn from a generator.
    case sample
    /// The discriminator's logits of images.
    case discriminate
    /// Continuations of texts, and what the model thinks of their tokens.
    case complete = "completions"
    /// The logits of the token after a context; no commercial interface gives them.
    case logits
}

/// A question to a model behind an interface.
public enum Query: Sendable, Equatable {
    /// The class of each record, shape [count, width].
    case classify(Tensor)
    /// The code of each record, shape [count, width], with the classes that a conditional model reads beside them.
    case encode(Tensor, labels: [Int32]? = nil)
    /// The image of each code, shape [count, latents].
    case decode(Tensor)
    /// Images, of a class or of uniformly drawn ones; the stream says which.
    case sample(count: Int, label: Int32? = nil, stream: RandomStream)
    /// The discriminator's logit of each image, shape [count, pixels].
    case discriminate(Tensor)
    /// Continuations of prompts.
    case complete(CompletionQuery)
    /// The logits of the token after each context; all contexts are of one length.
    case logits([[Int32]])

    /// What it asks for.
    public var operation: Operation {
        switch self {
        case .classify: .classify
        case .encode: .encode
        case .decode: .decode
        case .sample: .sample
        case .discriminate: .discriminate
        case .complete: .complete
        case .logits: .logits
        }
    }

    /// The most that it costs: a query per record, sample or generated text, and the tokens that are read and at most
    /// written.
    ///
    /// It is charged before there is an answer; see ``cost(of:)``.
    public var cost: QueryCost {
        switch self {
        case .classify(let rows), .encode(let rows, _), .decode(let rows), .discriminate(let rows):
            QueryCost(queries: rows.rows)
        case .sample(let count, _, _): QueryCost(queries: max(0, count))
        case .complete(let query): query.cost
        case .logits(let contexts):
            QueryCost(queries: contexts.count, tokens: contexts.reduce(0) { $0 + $1.count })
        }
    }

    /// What an answer to it used, which is what callers pay: as ``cost``, but only the tokens that were generated.
    ///
    /// Meters, accounts and what a gateway tells of usage all go by it.
    public func cost(of answer: Answer) -> QueryCost {
        guard case .complete(let query) = self, case .completions(let texts) = answer else { return cost }
        return query.cost(generated: texts.reduce(0) { $0 + $1.generated })
    }
}

/// What a query takes from a budget.
public struct QueryCost: Codable, Sendable, Equatable {
    /// Records, samples or generated texts.
    public var queries: Int
    /// Tokens that are read and written; 0 of what is no text.
    public var tokens: Int

    /// Creates a cost.
    public init(queries: Int, tokens: Int = 0) { (self.queries, self.tokens) = (queries, tokens) }
}

/// What a service answers.
public enum Answer: Sendable, Equatable {
    /// To ``Query/classify(_:)``.
    case classes(ClassAnswers)
    /// A row per record: codes, images, or logits, shape [count, width]; of a discriminator width 1.
    case vectors(Tensor)
    /// To ``Query/complete(_:)``: the choices of the first prompt, then those of the second.
    case completions([Completion])
}

/// The classes of some records.
public struct ClassAnswers: Sendable, Equatable {
    /// The most probable class of each record.
    public var labels: [Int32]
    /// The probability of each class, shape [count, classes]; `nil` where a service tells labels only.
    ///
    /// A defence may leave rows that do not add up to 1, or zeros for classes that it hides.
    public var probabilities: Tensor?

    /// Creates answers.
    public init(labels: [Int32], probabilities: Tensor? = nil) {
        (self.labels, self.probabilities) = (labels, probabilities)
    }
}

/// What a service says of its model, and no more than a caller needs to ask.
public struct ServiceCard: Codable, Sendable, Equatable {
    /// What the model is called.
    public var id: String
    /// Its family, such as `transformer`.
    public var family: String
    /// What can be asked.
    public var operations: [Operation]
    /// The numbers of a record, of what reads or draws vectors.
    public var width: Int?
    /// The classes that it tells apart or draws.
    public var classes: Int?
    /// The numbers of a code.
    public var latents: Int?
    /// The number of tokens that it knows.
    public var vocabulary: Int?
    /// The most tokens that it reads; a text may be one longer.
    public var context: Int?

    /// Creates a card of an identifier, a family and its operations.
    public init(id: String, family: String, operations: [Operation]) {
        (self.id, self.family, self.operations) = (id, family, operations)
    }

    /// The card of a model that is served without restriction.
    public init(id: String, of model: Model) {
        self.init(id: id, family: model.architecture.family, operations: [])
        switch model.architecture {
        case .classifier(let network):
            (operations, width, classes) = ([.classify], network.inputs, network.classes)
        case .autoencoder(let network):
            // Where codes were learned, nobody trained the decoder.
            operations = network.codeObjective == nil ? [.encode, .decode] : [.encode]
            (width, latents) = (network.inputs, network.latents)
        case .variationalAutoencoder(let network):
            operations = network.classes == 0 ? [.encode, .decode, .sample] : [.encode, .sample]
            (width, latents) = (network.inputs, network.latents)
            classes = network.classes > 0 ? network.classes : nil
        case .generativeAdversarialNetwork(let network):
            operations = [.decode, .sample, .discriminate]
            (width, latents) = (network.inputs, network.latents)
        case .transformer(let network):
            (operations, vocabulary, context) = ([.complete, .logits], network.vocabulary, network.context)
        case .decoder(let network):
            (operations, width, latents) = ([.decode], network.outputs, network.inputs)
        }
    }

    /// Checks the classes that come with records to encode: one per record where the model reads classes, else none.
    ///
    /// - Throws: ``ThreatModelError/refused(_:)`` that names `labels`.
    package func check(labels: [Int32]?, of count: Int) throws(ThreatModelError) {
        let text: String
        switch (labels, classes) {
        case (nil, nil): return
        case (nil, .some(let classes)): text = "expected a class from 0 to \(classes - 1) for each row, found none"
        case (.some, nil): text = "expected none, since the model reads no classes; remove it"
        case (.some(let labels), .some(let classes)):
            if labels.count == count, labels.allSatisfy({ (0..<classes).contains(Int($0)) }) { return }
            text = "expected \(count) classes from 0 to \(classes - 1), found others or \(labels.count)"
        }
        throw .refused(.invalid(parameter: "labels", text))
    }
}

/// Why a service does not answer.
public enum ServiceRefusal: Sendable, Equatable, CustomStringConvertible {
    /// A parameter that is missing or wrong: HTTP 400 or 422.
    case invalid(parameter: String, String)
    /// No key, or an unknown one: HTTP 401.
    case unauthorised
    /// A key's budget is spent: HTTP 429 without a time to wait for.
    case overBudget(String)
    /// Too many queries at once: HTTP 429 with the seconds to wait.
    case rateLimited(retryAfter: Double)
    /// More than one request may hold: HTTP 413.
    case tooLarge(String)
    /// Busy beyond its queue, or about to stop: HTTP 503.
    case unavailable(String)
    /// No answer, or one that cannot be read.
    case transport(String)

    /// One line: what was expected, what was found, what to do.
    public var description: String {
        switch self {
        case .invalid(let parameter, let text): parameter.isEmpty ? text : "\(parameter): \(text)"
        case .unauthorised: "expected a known key, as 'Authorization: Bearer KEY', found none; give one"
        case .overBudget(let text): text
        case .rateLimited(let seconds):
            "too many queries at once; wait \((seconds * 1000).rounded(.up) / 1000) seconds, then ask again"
        case .tooLarge(let text): text
        case .unavailable(let text): text
        case .transport(let text): text
        }
    }
}
