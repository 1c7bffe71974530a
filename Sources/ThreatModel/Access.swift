import Autograd
public import Models
public import Tensors

/// What an adversary may ask of a victim.
///
/// The type of an attack's access is its threat model: an attack that asks for ``Scores`` cannot read parameters,
/// because there is no way to write it. Only a game creates access values, and each of them meters its queries.
public protocol Access: Sendable {
    /// Opens an access to a model; only games can call it.
    init(to victim: Victim, meter: QueryMeter)
}

/// A model under attack, sealed: outside the package nothing can be read from it.
public struct Victim: Sendable {
    let model: Model
    /// How it came about; `nil` when nobody kept that.
    let history: TrainingHistory?

    /// Seals a model, with how it came about for those accesses that watch a training.
    package init(_ model: Model, history: TrainingHistory? = nil) { (self.model, self.history) = (model, history) }
}

/// Draws from a generator, and nothing else.
public struct SamplesOnly: Access {
    private let victim: Model
    private let meter: QueryMeter

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) { (self.victim, self.meter) = (victim.model, meter) }

    /// Returns images drawn from the generator, shape [count, pixels], values in [0, 1].
    ///
    /// - Throws: ``ThreatModelError`` when the victim generates no images or the budget is exhausted.
    public func samples(_ count: Int, _ random: RandomStream) throws(ThreatModelError) -> Tensor {
        try samples(count, of: nil, random)
    }

    /// The number of classes that can be asked for; 0 when the generator draws images of no class in particular.
    public var classes: Int { victim.generatedClasses }

    /// Returns images of a class, shape [count, pixels], values in [0, 1]; without a class, of uniformly drawn ones.
    ///
    /// - Throws: ``ThreatModelError`` when the victim generates no images or none of that class, or the budget is
    ///   exhausted.
    public func samples(
        _ count: Int, of label: Int32?, _ random: RandomStream
    ) throws(ThreatModelError) -> Tensor {
        try meter.charge(count)
        return try victim.samples(count, of: label, random)
    }

    /// Returns a signal of each record that draws tell; every call pays for ``Signal/sampleCount`` of them.
    ///
    /// - Throws: ``ThreatModelError`` when the signal needs another access, the victim generates no images, or the
    ///   budget is exhausted.
    public func values(_ signal: Signal, of records: Records) throws(ThreatModelError) -> [Double] {
        guard signal.access == .samples else {
            throw .unsupported("signal '\(signal.rawValue)' in its samples", family: victim.architecture.family)
        }
        try meter.charge(Signal.sampleCount)
        return try signal.values(of: victim, on: records)
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
    private let victim: Model
    private let meter: QueryMeter

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) { (self.victim, self.meter) = (victim.model, meter) }

    /// Returns the most probable class of each record; of equally probable ones the first.
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no classifier or the budget is exhausted.
    public func labels(_ records: Records) throws(ThreatModelError) -> [Int32] {
        guard case .classifier = victim.architecture else {
            throw .unsupported("class labels", family: victim.architecture.family)
        }
        try meter.charge(records.count)
        return try victim.answers(records).rowArgmax()
    }
}

/// The codes of an encoder, as an embedding interface returns them.
public struct Codes: Access {
    private let victim: Model
    private let meter: QueryMeter

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) { (self.victim, self.meter) = (victim.model, meter) }

    /// Returns the code of each record (of a VAE the posterior's mean), shape [count, latents].
    ///
    /// - Throws: ``ThreatModelError`` when the victim has no encoder or the budget is exhausted.
    public func codes(_ records: Records) throws(ThreatModelError) -> Tensor {
        try meter.charge(records.count)
        return try victim.codes(records)
    }
}

/// Continuations of texts, and nothing else.
public struct Continuations: Access {
    private let victim: Model
    private let meter: QueryMeter

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) { (self.victim, self.meter) = (victim.model, meter) }

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
        try meter.charge(prefixes.count)
        guard case .transformer(let network) = victim.architecture else {
            throw .unsupported("text to continue", family: victim.architecture.family)
        }
        return TextGenerator.continuations(of: prefixes, by: count, network, victim.parameters, rule, random)
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
