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

    /// A row per question, of as many numbers as the card says.
    func vectors(_ query: Query) throws(ThreatModelError) -> Tensor {
        let (answer, card) = try ask(query)
        guard case .vectors(let rows) = answer else { throw .unexpected(query.operation) }
        try check(rows, query, width: card.answerWidth(query.operation))
        return rows
    }

    /// Classes that the card knows, and where probabilities are told, a row of them per question.
    func classes(_ query: Query) throws(ThreatModelError) -> ClassAnswers {
        let (answer, card) = try ask(query)
        guard case .classes(let answers) = answer else { throw .unexpected(query.operation) }
        if let probabilities = answers.probabilities { try check(probabilities, query, width: card.classes) }
        guard answers.labels.count == query.cost.queries else {
            throw .refused(
                .transport(
                    "expected \(query.cost.queries) labels, found \(answers.labels.count); the service is not ours"))
        }
        if let classes = card.classes, let strange = answers.labels.first(where: { !(0..<Int32(classes)).contains($0) })
        {
            throw .refused(.transport("expected labels from 0 to \(classes - 1), found \(strange)"))
        }
        return answers
    }

    /// Checks an answer's extents, before somebody joins it with others.
    private func check(_ rows: Tensor, _ query: Query, width: Int?) throws(ThreatModelError) {
        let expected = [query.cost.queries, width ?? rows.columns]
        guard [rows.rows, rows.columns] == expected else {
            throw .refused(
                .transport(
                    "expected an answer to '\(query.operation.rawValue)' of \(expected[0]) rows of \(expected[1]) "
                        + "numbers, found \(rows.rows) of \(rows.columns); the service is not what its card says"))
        }
    }

    func completions(_ query: CompletionQuery) throws(ThreatModelError) -> [Completion] {
        guard case .completions(let texts) = try ask(.complete(query)).answer else { throw .unexpected(.complete) }
        return texts
    }

    private func ask(_ query: Query) throws(ThreatModelError) -> (answer: Answer, card: ServiceCard) {
        let card = try card(for: query.operation)
        let most = query.cost
        try meter.charge(most)
        do throws(ThreatModelError) {
            let answer = try service.answer(query)
            let used = query.cost(of: answer)
            meter.refund(QueryCost(queries: most.queries - used.queries, tokens: max(0, most.tokens - used.tokens)))
            return (answer, card)
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

extension ServiceCard {
    /// The numbers of a row of an answer; `nil` where the card does not say.
    fileprivate func answerWidth(_ operation: Operation) -> Int? {
        switch operation {
        case .classify: classes
        case .encode: latents
        case .decode, .sample: width
        case .discriminate: 1
        case .logits: vocabulary
        case .complete: nil
        }
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
