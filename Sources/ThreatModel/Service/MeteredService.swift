import Models
import Tensors

/// A victim's service with a meter before it: what accesses are made of.
///
/// As an ``Account`` does, it counts what answers used: a query that is refused costs nothing.
struct MeteredService: Sendable {
    private let service: any ModelService
    private let meter: QueryMeter

    init(_ victim: Victim, _ meter: QueryMeter) { (service, self.meter) = (victim.service, meter) }

    func card() throws(ThreatModelError) -> ServiceCard { try service.card() }

    /// The card of a model that can be asked for something.
    func card(for operation: Operation) throws(ThreatModelError) -> ServiceCard {
        let card = try service.card()
        guard card.operations.contains(operation) else { throw .unsupported(operation.words, family: card.family) }
        return card
    }

    func vectors(_ query: Query) throws(ThreatModelError) -> Tensor {
        guard case .vectors(let rows) = try ask(query) else { throw .unexpected(query.operation) }
        return rows
    }

    func classes(_ query: Query) throws(ThreatModelError) -> ClassAnswers {
        guard case .classes(let answers) = try ask(query) else { throw .unexpected(query.operation) }
        return answers
    }

    func completions(_ query: CompletionQuery) throws(ThreatModelError) -> [Completion] {
        guard case .completions(let texts) = try ask(.complete(query)) else { throw .unexpected(.complete) }
        return texts
    }

    private func ask(_ query: Query) throws(ThreatModelError) -> Answer {
        _ = try card(for: query.operation)
        let most = query.cost
        try meter.charge(most)
        do throws(ThreatModelError) {
            let answer = try service.answer(query)
            let used = query.cost(of: answer)
            meter.refund(QueryCost(queries: most.queries - used.queries, tokens: max(0, most.tokens - used.tokens)))
            return answer
        } catch {
            meter.refund(most)
            throw error
        }
    }
}

extension ThreatModelError {
    /// An answer of another kind than its question's.
    fileprivate static func unexpected(_ operation: Operation) -> ThreatModelError {
        .refused(.transport("expected an answer to '\(operation.rawValue)', found another; the service is not ours"))
    }
}

extension Operation {
    /// What a model has that can be asked for it.
    fileprivate var words: String {
        switch self {
        case .classify: "class labels"
        case .encode: "encoder"
        case .decode, .sample: "generator of images"
        case .discriminate: "discriminator"
        case .complete: "text to continue"
        case .logits: "logits of tokens"
        }
    }
}

extension Records {
    /// The vectors that are asked about.
    func vectors(for operation: Operation) throws(ThreatModelError) -> Tensor {
        guard let features else {
            throw .mismatch("'\(operation.rawValue)' asks about vectors, and the records are texts")
        }
        return features
    }
}
