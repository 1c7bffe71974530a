import ArgumentParser
import Datasets
import Experiments
import Foundation
import Models
import Tensors

/// Scores the tokens of text.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Scores every token of some records with a language model.",
        discussion: """
            The file holds, in nats and of shape [records, window − 1]: log_probabilities of the tokens, and the means \
            and variances of the log-probabilities under the model's distribution of each token.
            """)

    @Argument(help: "The checkpoint, a safetensors file.")
    var model: String

    @Option(help: "The records: a safetensors file of tokens [records, window], or a reference such as text:FILE.")
    var records: String

    @Option(help: "Where the scores go, a safetensors file.")
    var out: String

    func run() throws {
        try BLAS.verify()
        let saved = try SavedModel(contentsOf: URL(filePath: model))
        guard case .transformer(let network) = saved.model.architecture else {
            throw Failure(.badInput, "\(model): expected a transformer, found a \(saved.model.architecture.family)")
        }
        let records = try saved.records(records) { try DatasetRegistry.standard() }
        let scores = network.tokenScores(records, saved.model.parameters)
        let file = Safetensors(arrays: [
            "log_probabilities": Safetensors.Array(scores.logProbabilities),
            "means": Safetensors.Array(scores.means), "variances": Safetensors.Array(scores.variances),
        ])
        try file.encoded().write(to: URL(filePath: out), options: .atomic)
        let mean = -scores.logProbabilities.sum() / Double(max(scores.logProbabilities.count, 1))
        try Output.result("scores: \(out)")
        try Output.result("\(records.count) records, mean loss \(mean) nats per token")
    }
}
