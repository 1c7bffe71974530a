import Autograd
package import Models
import Tensors

/// What a language model says of tokens: behind ``Scores``.
extension Model {
    private func languageModel(_ answer: String) throws(ThreatModelError) -> Transformer {
        guard case .transformer(let network) = architecture else {
            throw .unsupported(answer, family: architecture.family)
        }
        return network
    }

    /// See ``Scores/tokenScores(_:)``.
    package func tokenScores(_ records: Records) throws(ThreatModelError) -> TokenScores {
        let network = try languageModel("scores of tokens")
        guard records.window - 1 <= network.context else {
            throw .mismatch(
                "windows of \(records.window) tokens and a context of \(network.context); at most one token more than "
                    + "the context can be scored")
        }
        return network.tokenScores(records, parameters)
    }

    /// See ``Scores/tokenLogProbabilities(of:)``: texts of one length go through the model together.
    package func tokenLogProbabilities(of texts: [[Int32]]) throws(ThreatModelError) -> [[Double]] {
        let longest = try languageModel("log-probabilities of tokens").context + 1
        let lengths = Dictionary(grouping: texts.indices) { min(texts[$0].count, longest) }
        var results = [[Double]](repeating: [], count: texts.count)
        for (length, indices) in lengths.sorted(by: { $0.key < $1.key }) where length > 1 {
            let records = Records(tokens: indices.flatMap { texts[$0].prefix(length) }, window: length)
            let scores = try tokenScores(records).logProbabilities
            for (row, index) in indices.enumerated() { results[index] = scores.row(row).map(Double.init) }
        }
        return results
    }
}
