public import Autograd
public import Tensors

/// What a language model says of each predicted token of some records, in nats; shape [records, window − 1] each.
public struct TokenScores: Sendable, Equatable {
    /// The logarithm of the token's probability.
    public var logProbabilities: Tensor
    /// The mean of the log-probabilities of all tokens under the model's own distribution: minus its entropy.
    public var means: Tensor
    /// Their variance under that distribution.
    public var variances: Tensor
}

extension Transformer {
    /// Scores the tokens of records, but for the first of each window, which is given.
    ///
    /// - Source: Zhang et al. 2024 (Min-K%++) for means and variances.
    /// - Complexity: one forward pass, in batches of `batch` records.
    public func tokenScores(_ records: Records, _ parameters: Parameters, batch: Int = 64) -> TokenScores {
        let length = max(records.window - 1, 0)
        // The three scores of a token are a row of three columns, so that one evaluation gathers them all.
        let scores = evaluate(parameters, on: records, batch: batch) { bound, part in
            let (given, predicted) = part.givenAndPredicted
            let found = logits(given, length: length, bound).value.labelScores(predicted)
            let columns = [found.logProbability, found.mean, found.variance].map { score in
                bound.tape.constant(score.reshaped([score.count, 1]))
            }
            return concatenateColumns(columns)
        }
        func column(_ index: Int) -> Tensor {
            guard records.count > 0 else { return .zeros([0, length]) }
            return scores.columns(index..<index + 1).reshaped([records.count, length])
        }
        return TokenScores(logProbabilities: column(0), means: column(1), variances: column(2))
    }
}

extension Records {
    /// The tokens that a language model reads, and those that it is to predict, one after each.
    var givenAndPredicted: (given: [Int32], predicted: [Int32]) {
        let windows = (0..<count).map { tokens[$0 * window..<($0 + 1) * window] }
        return (windows.flatMap { $0.dropLast() }, windows.flatMap { $0.dropFirst() })
    }
}
