import Autograd
public import Models
public import Tensors

/// What an adversary may ask of a victim.
///
/// The type of an attack's access is its threat model: an attack that asks for ``Scores`` cannot read parameters,
/// because there is no way to write it. Only a game creates access values, and each of them meters its queries.
public protocol Access: Sendable {
    /// What it asks of an interface, where it needs no more than one; `nil` where it needs the model itself.
    static var served: Operation? { get }
    /// Opens an access to a model; only games can call it.
    init(to victim: Victim, meter: QueryMeter)
}

extension Access {
    /// The model itself is needed.
    public static var served: Operation? { nil }
}

/// A model under attack, sealed: outside the package nothing can be read from it.
public struct Victim: Sendable {
    /// What answers for it.
    let service: any ModelService
    /// How it came about; `nil` when nobody kept that.
    let history: TrainingHistory?
    private let opened: Model?

    /// Seals a model, with how it came about for those accesses that watch a training.
    package init(_ model: Model, history: TrainingHistory? = nil) {
        (service, opened, self.history) = (LocalService(model), model, history)
    }

    /// Seals a model that only a service knows, wherever it runs; accesses with ``Access/served`` can be opened to it.
    package init(behind service: any ModelService) { (self.service, opened, history) = (service, nil, nil) }

    /// The model itself.
    var model: Model {
        guard let opened else { preconditionFailure("a victim behind an interface, and an access to the model itself") }
        return opened
    }
}

/// Draws from a generator, and nothing else.
public struct SamplesOnly: Access {
    /// What can be asked over an interface.
    public static let served: Operation? = .sample
    private let service: MeteredService

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) { service = MeteredService(victim, meter) }

    /// Returns images drawn from the generator, shape [count, pixels], values in [0, 1].
    ///
    /// - Throws: ``ThreatModelError`` when the victim generates no images or the budget is exhausted.
    public func samples(_ count: Int, _ random: RandomStream) throws(ThreatModelError) -> Tensor {
        try samples(count, of: nil, random)
    }

    /// The number of classes that can be asked for; 0 when the generator draws images of no class in particular.
    ///
    /// - Throws: ``ThreatModelError`` when a service cannot be reached.
    public var classes: Int { get throws(ThreatModelError) { try service.card().classes ?? 0 } }

    /// Returns images of a class, shape [count, pixels], values in [0, 1]; without a class, of uniformly drawn ones.
    ///
    /// - Throws: ``ThreatModelError`` when the victim generates no images or none of that class, or the budget is
    ///   exhausted.
    public func samples(
        _ count: Int, of label: Int32?, _ random: RandomStream
    ) throws(ThreatModelError) -> Tensor {
        try service.vectors(.sample(count: count, label: label, stream: random))
    }

    /// Returns a signal of each record that draws tell; every call pays for ``Signal/sampleCount`` of them.
    ///
    /// - Throws: ``ThreatModelError`` when the signal needs another access, the victim generates no images or images of
    ///   another size, or the budget is exhausted.
    public func values(_ signal: Signal, of records: Records) throws(ThreatModelError) -> [Double] {
        let card = try service.card()
        guard signal.access == .samples else {
            throw .unsupported("signal '\(signal.rawValue)' in its samples", family: card.family)
        }
        let images = try records.vectors(for: .sample)
        guard images.columns == card.width ?? images.columns else {
            throw .mismatch("records of \(images.columns) numbers and images of \(card.width ?? 0)")
        }
        return Signal.nearestDistances(of: images, to: try samples(Signal.sampleCount, Signal.sampleStream))
    }
}

/// The answers of a scoring interface: a signal per record, and the probabilities that it is computed from.
public struct Scores: Access {
    private let victim: Model
    private let meter: QueryMeter

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) { (self.victim, self.meter) = (victim.model, meter) }

    /// Returns a signal of each record.
    ///
    /// - Throws: ``ThreatModelError`` when the family has no such signal, it needs white-box access, or the budget is
    ///   exhausted.
    public func values(_ signal: Signal, of records: Records) throws(ThreatModelError) -> [Double] {
        guard signal.access == .scores else {
            let access = signal.access == .samples ? "in its scores" : "without white-box access"
            throw .unsupported("signal '\(signal.rawValue)' \(access)", family: victim.architecture.family)
        }
        try meter.charge(records.count)
        return try signal.values(of: victim, on: records)
    }

    /// Returns the probabilities that the model answers with.
    ///
    /// - Shapes: autoencoders: pixel probabilities [count, pixels]; transformers: next-token distributions
    ///   [count·(window − 1), vocabulary]; classifiers: class distributions [count, classes].
    /// - Throws: ``ThreatModelError`` when the family answers with none or the budget is exhausted.
    public func answers(_ records: Records) throws(ThreatModelError) -> Tensor {
        try meter.charge(records.count)
        return try victim.answers(records)
    }

    /// Returns what a language model says of each token of windows but the first, which is given.
    ///
    /// - Returns: log-probabilities, and mean and variance of each distribution's log-probabilities, in nats; shape
    ///   [count, window − 1] each.
    /// - Throws: ``ThreatModelError`` when the victim is no language model, the windows are longer than its context
    ///   and one, or the budget is exhausted.
    public func tokenScores(_ records: Records) throws(ThreatModelError) -> TokenScores {
        try meter.charge(records.count)
        return try victim.tokenScores(records)
    }

    /// Returns the log-probability of each token of each text but its first, in nats; one query per text.
    ///
    /// A text may have any length: what lies beyond the victim's context and one token is not read, and a text of one
    /// token or none has no log-probabilities.
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no language model or the budget is exhausted.
    public func tokenLogProbabilities(of texts: [[Int32]]) throws(ThreatModelError) -> [[Double]] {
        try meter.charge(texts.count)
        return try victim.tokenLogProbabilities(of: texts)
    }

    /// Returns the distribution over classes that a classifier answers with, shape [count, classes].
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no classifier or the budget is exhausted.
    public func classProbabilities(_ records: Records) throws(ThreatModelError) -> Tensor {
        guard case .classifier = victim.architecture else {
            throw .unsupported("class probabilities", family: victim.architecture.family)
        }
        return try answers(records)
    }
}

/// The class that a classifier predicts for a record, and nothing else.
public struct LabelsOnly: Access {
    /// What can be asked over an interface.
    public static let served: Operation? = .classify
    private let service: MeteredService

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) { service = MeteredService(victim, meter) }

    /// The number of classes.
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no classifier.
    public var classes: Int { get throws(ThreatModelError) { try service.card(for: .classify).classes ?? 0 } }

    /// Returns the most probable class of each record; of equally probable ones the first.
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no classifier or the budget is exhausted.
    public func labels(_ records: Records) throws(ThreatModelError) -> [Int32] {
        try service.classes(.classify(try records.vectors(for: .classify))).labels
    }
}

/// The probabilities that a classifier answers with, as an interface tells them.
///
/// A defence may have rounded, truncated or withheld them; ``Scores`` reads the model's own.
public struct Predictions: Access {
    /// What can be asked over an interface.
    public static let served: Operation? = .classify
    private let service: MeteredService

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) { service = MeteredService(victim, meter) }

    /// The number of classes.
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no classifier.
    public var classes: Int { get throws(ThreatModelError) { try service.card(for: .classify).classes ?? 0 } }

    /// The numbers of a record; `nil` where the interface does not say.
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no classifier.
    public var width: Int? { get throws(ThreatModelError) { try service.card(for: .classify).width } }

    /// Returns the probabilities of each record's classes, shape [count, classes]: what an adversary learns from.
    ///
    /// Where the interface tells labels only, they are 1 for the label and 0 for the others.
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no classifier or the budget is exhausted.
    public func probabilities(_ records: Records) throws(ThreatModelError) -> Tensor {
        let classes = try classes
        let answers = try service.classes(.classify(try records.vectors(for: .classify)))
        return answers.probabilities ?? .oneHot(answers.labels, classes: classes)
    }

    /// Returns the class that each record is told to have; one query each, as for ``probabilities(_:)``.
    ///
    /// Where an interface rounds, several classes may be told the largest probability, and the label says which it is.
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no classifier or the budget is exhausted.
    public func labels(_ records: Records) throws(ThreatModelError) -> [Int32] {
        try service.classes(.classify(try records.vectors(for: .classify))).labels
    }
}

/// The codes of an encoder, as an embedding interface returns them.
public struct Codes: Access {
    /// What can be asked over an interface.
    public static let served: Operation? = .encode
    private let service: MeteredService

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) { service = MeteredService(victim, meter) }

    /// Returns the code of each record (of a VAE the posterior's mean), shape [count, latents].
    ///
    /// The classes of records are read by a conditional encoder alone.
    ///
    /// - Throws: ``ThreatModelError`` when the victim has no encoder or the budget is exhausted.
    public func codes(_ records: Records) throws(ThreatModelError) -> Tensor {
        // Labelled records may be asked about; what the model does not read is not sent.
        let labels = try service.card(for: .encode).classes == nil ? nil : records.labels
        return try service.vectors(.encode(try records.vectors(for: .encode), labels: labels))
    }
}

/// Continuations of texts, and nothing else.
public struct Continuations: Access {
    /// What can be asked over an interface.
    public static let served: Operation? = .complete
    private let service: MeteredService

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) { service = MeteredService(victim, meter) }

    /// Returns the greedy continuation of each prefix by `count` tokens.
    ///
    /// - Throws: ``ThreatModelError`` when the victim generates no text or the budget is exhausted.
    public func greedy(_ prefixes: [[Int32]], by count: Int) throws(ThreatModelError) -> [[Int32]] {
        try sampled(prefixes, by: count, .greedy, RandomStream(seed: 0))
    }

    /// Returns a continuation of each prefix by `count` tokens, prefix s being continued with the draws `random[s]`.
    ///
    /// - Throws: ``ThreatModelError`` when the victim generates no text or the budget is exhausted.
    public func sampled(
        _ prefixes: [[Int32]], by count: Int, _ rule: SamplingRule, _ random: RandomStream
    ) throws(ThreatModelError) -> [[Int32]] {
        let query = CompletionQuery(prompts: prefixes, maxTokens: count, rule: rule, stream: random)
        return try service.completions(query).map(\.tokens)
    }
}

/// Continuations and what the model thinks of their tokens: log-probabilities of the likeliest, with a bias of one's own.
public struct Completions: Access {
    /// What can be asked over an interface.
    public static let served: Operation? = .complete
    private let service: MeteredService

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) { service = MeteredService(victim, meter) }

    /// What the interface says of the model: its vocabulary and context.
    ///
    /// - Throws: ``ThreatModelError`` when the victim generates no text.
    public var card: ServiceCard { get throws(ThreatModelError) { try service.card(for: .complete) } }

    /// Answers a request; it is charged for the tokens of its prompts and the most that it may write.
    ///
    /// - Throws: ``ThreatModelError`` when the victim generates no text, the interface refuses or the budget is
    ///   exhausted.
    public func complete(_ query: CompletionQuery) throws(ThreatModelError) -> [Completion] {
        try service.completions(query)
    }
}

/// The logits of the token after a context: more than interfaces give, and the best case of an attack on the last layer.
public struct Logits: Access {
    /// What can be asked over an interface.
    public static let served: Operation? = .logits
    private let service: MeteredService

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) { service = MeteredService(victim, meter) }

    /// What the interface says of the model: its vocabulary and context.
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no language model.
    public var card: ServiceCard { get throws(ThreatModelError) { try service.card(for: .logits) } }

    /// Returns the logits after each context, all of one length, shape [count, vocabulary].
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no language model or the budget is exhausted.
    public func logits(_ contexts: [[Int32]]) throws(ThreatModelError) -> Tensor {
        try service.vectors(.logits(contexts))
    }
}

/// Everything: architecture, parameters, and any signal.
public struct WhiteBox: Access {
    /// The victim itself.
    public let model: Model
    private let meter: QueryMeter

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) { (model, self.meter) = (victim.model, meter) }

    /// Returns a signal of each record, metered like any other query.
    ///
    /// - Throws: ``ThreatModelError`` when the family has no such signal or the budget is exhausted.
    public func values(_ signal: Signal, of records: Records) throws(ThreatModelError) -> [Double] {
        try meter.charge(records.count)
        return try signal.values(of: model, on: records)
    }

    /// Pays for forward passes that the attack computes itself.
    public func charge(_ passes: Int) throws(ThreatModelError) { try meter.charge(passes) }
}
