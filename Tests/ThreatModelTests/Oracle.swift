import Models
import Tensors
import ThreatModel

/// A service that knows its answers beforehand, and passes on what a defence made of a query.
struct Oracle: ModelService {
    var answers: [Operation: Answer]

    func card() throws(ThreatModelError) -> ServiceCard {
        ServiceCard(id: "oracle", family: "oracle", operations: Operation.allCases)
    }

    func answer(_ query: Query) throws(ThreatModelError) -> Answer {
        guard let answer = answers[query.operation] else { throw .unsupported("answer", family: "oracle") }
        return answer
    }

    /// A classifier that answers every record with its own numbers as probabilities.
    struct Echo: ModelService {
        func card() throws(ThreatModelError) -> ServiceCard {
            ServiceCard(id: "echo", family: "classifier", operations: [.classify])
        }

        func answer(_ query: Query) throws(ThreatModelError) -> Answer {
            guard case .classify(let rows) = query else { throw .unsupported("answer", family: "echo") }
            return .classes(ClassAnswers(labels: rows.rowArgmax(), probabilities: rows))
        }
    }

    static let material = DefenceMaterial(random: RandomStream(seed: 5), trainingTexts: [[0, 1, 2, 3, 4]])
}

extension ModelService {
    func defended(_ defences: String..., material: DefenceMaterial = Oracle.material) throws -> DefendedService {
        try DefendedService(self, defences.map { try DefenceSpec($0) }, material)
    }

    func classes(_ rows: Tensor) throws -> ClassAnswers {
        guard case .classes(let answers) = try answer(.classify(rows)) else { throw ThreatModelError.mismatch("kind") }
        return answers
    }

    func vectors(_ query: Query) throws -> Tensor {
        guard case .vectors(let rows) = try answer(query) else { throw ThreatModelError.mismatch("kind") }
        return rows
    }

    func completions(_ query: CompletionQuery) throws -> [Completion] {
        guard case .completions(let texts) = try answer(.complete(query)) else {
            throw ThreatModelError.mismatch("kind")
        }
        return texts
    }
}

/// Rows of probabilities of `classes` classes, some of them very sure.
func distributions(_ count: Int, classes: Int, seed: UInt64) -> Tensor {
    let logits = RandomStream(seed: seed).normalTensor([count, classes], deviation: 3)
    return logits.softmax()
}

/// A language model of eight tokens.
func languageModel() -> LocalService {
    let network = Transformer(vocabulary: 8, context: 16, layers: 1, heads: 2, width: 8)
    return LocalService(Model(untrained: .transformer(network), RandomStream(seed: 3)))
}
