import Foundation
import TestSupport

/// What the shared goldens hold of language models: five records of forty tokens each.
struct GoldenTokens {
    static let length = 40

    private let (inputs, outputs): (Golden, Golden)

    init() throws {
        inputs = try Golden("inputs")
        outputs = try Golden("outputs")
    }

    /// The log-probabilities of the tokens, [5][40].
    func logProbabilities() throws -> [[Double]] { rows(try outputs.doubles("token_logp")) }

    /// Mean and variance of the log-probabilities under each distribution, [5][40], by their definitions.
    func moments() throws -> (means: [[Double]], variances: [[Double]]) {
        let logits = try inputs.doubles("lm_logits")
        let moments = stride(from: 0, to: logits.count, by: 30).map { start -> (Double, Double) in
            let row = logits[start..<start + 30]
            let normaliser = log(row.reduce(0) { $0 + exp($1) })
            let mean = row.reduce(0) { $0 + exp($1 - normaliser) * ($1 - normaliser) }
            let square = row.reduce(0) { $0 + exp($1 - normaliser) * ($1 - normaliser) * ($1 - normaliser) }
            return (mean, square - mean * mean)
        }
        return (rows(moments.map(\.0)), rows(moments.map(\.1)))
    }

    func expected(_ name: String) throws -> [Double] { try outputs.doubles(name) }

    private func rows(_ values: [Double]) -> [[Double]] {
        stride(from: 0, to: values.count, by: Self.length).map { Array(values[$0..<$0 + Self.length]) }
    }
}
