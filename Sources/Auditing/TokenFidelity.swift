import Foundation
import Models
import Statistics
import Tensors
import ThreatModel

/// How alike two language models predict, token by token.
///
/// The tokens of a window depend on each other, so intervals are those of means over windows.
struct TokenFidelity: TheftYardstick {
    private let victim: Model
    private let heldOut: Records
    /// Distributions are as wide as the vocabulary, so only so many windows' are kept at a time.
    private static let batch = 32

    init(_ victim: Model, _ heldOut: Records) throws(ThreatModelError) {
        (self.victim, self.heldOut) = (victim, heldOut)
        try victim.checkReads(heldOut)
    }

    /// Agreement on the likeliest token, divergence, perplexity, and how far the last two are from the victim's.
    func measures(of model: Model) throws -> [Measure] {
        try model.checkReads(heldOut)
        guard case .transformer(let own) = model.architecture, case .transformer(let theirs) = victim.architecture,
            own.vocabulary == theirs.vocabulary
        else { throw ThreatModelError.mismatch("a student and a victim of different vocabularies") }
        var (agreement, divergence) = ([Double](), [Double]())
        for start in stride(from: 0, to: heldOut.count, by: Self.batch) {
            let windows = heldOut.slice(start..<min(start + Self.batch, heldOut.count))
            let (expected, found) = (try victim.answers(windows), try model.answers(windows))
            let agreements = zip(expected.rowArgmax(), found.rowArgmax()).map { $0 == $1 ? 1.0 : 0 }
            agreement += windowMeans(agreements)
            divergence += windowMeans(divergences(expected, found))
        }
        let loss = try Signal.tokenLoss.values(of: model, on: heldOut)
        let victimLoss = try Signal.tokenLoss.values(of: victim, on: heldOut)
        let (perplexity, victimPerplexity) = (exp(mean(loss)), exp(mean(victimLoss)))
        return [
            .mean("agreement", agreement),
            .mean("KL from the victim", divergence, unit: "nats per token"),
            Measure(name: "perplexity", value: perplexity),
            Measure(name: "perplexity gap", value: perplexity - victimPerplexity),
            .mean("loss gap", zip(loss, victimLoss).map { $0 - $1 }, unit: "nats per token"),
        ]
    }

    private func windowMeans(_ values: [Double]) -> [Double] {
        let length = heldOut.window - 1
        return stride(from: 0, to: values.count, by: length).map { mean(Array(values[$0..<$0 + length])) }
    }

    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }
}

extension Model {
    /// Checks that a language model can read windows.
    fileprivate func checkReads(_ windows: Records) throws(ThreatModelError) {
        guard case .transformer(let network) = architecture else {
            throw .unsupported("next token", family: architecture.family)
        }
        guard (2...network.context + 1).contains(windows.window) else {
            throw .mismatch(
                "expected windows of 2 to \(network.context + 1) tokens, the context and one, found \(windows.window)")
        }
        if let strange = windows.tokens.first(where: { !(0..<Int32(network.vocabulary)).contains($0) }) {
            throw .mismatch("expected tokens from 0 to \(network.vocabulary - 1), found \(strange)")
        }
    }
}
