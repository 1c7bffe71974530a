import Tensors

extension Answer {
    /// The answer with other probabilities of classes; the labels stay.
    func mappingProbabilities(_ change: (_ row: [Float]) -> [Float]) -> Answer {
        guard case .classes(var answers) = self, let probabilities = answers.probabilities else { return self }
        answers.probabilities = probabilities.mappingRows { row, _ in change(row) }
        return .classes(answers)
    }

    /// The answer with other vectors.
    func mappingVectors(_ change: (_ row: [Float]) -> [Float]) -> Answer {
        guard case .vectors(let rows) = self else { return self }
        return .vectors(rows.mappingRows { row, _ in change(row) })
    }

    /// The answer with other log-probabilities of tokens; places without any stay.
    func mappingPlaces(_ change: (TokenPlace) -> TokenPlace) -> Answer {
        guard case .completions(var texts) = self else { return self }
        for index in texts.indices {
            texts[index].places = texts[index].places?.map { $0.logProbability == nil ? $0 : change($0) }
        }
        return .completions(texts)
    }
}

extension Tensor {
    /// The matrix of changed rows, each of as many numbers.
    func mappingRows(_ change: (_ row: [Float], _ index: Int) -> [Float]) -> Tensor {
        Tensor((0..<rows).flatMap { change(row($0), $0) }, shape: shape)
    }
}

extension Query {
    /// A completion with other settings; any other query stays.
    func mappingCompletion(_ change: (inout CompletionQuery) -> Void) -> Query {
        guard case .complete(var query) = self else { return self }
        change(&query)
        return .complete(query)
    }
}
