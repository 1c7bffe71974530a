public import Accounting
import Statistics
public import ThreatModel

extension MembershipGame {
    /// Audits scores: lower bounds on the ε of the training, each the best of a list that was fixed beforehand and shares
    /// the error probability.
    ///
    /// Two rates count the candidates of one training as independent trials. Guesses of coins do not, but each candidate
    /// must have been in by its own fair coin.
    ///
    /// - Parameters:
    ///   - scores: one per candidate.
    ///   - delta: what is granted, in (0, 1).
    ///   - confidence: of each bound, in (0, 1).
    ///   - coinFlips: whether membership was drawn by independent fair coins; the one-run bounds are left out otherwise.
    /// - Returns: one statement per method, but the credible interval, which proves nothing.
    /// - Throws: ``StatisticsError`` as ``grade(_:confidence:delta:)``, and `AccountingError` for an impossible delta or
    ///   confidence.
    /// - Source: Jagielski, Ullman and Oprea 2020; Nasr et al. 2023; Steinke, Nasr and Jagielski 2023; Mahloujifar, Melis
    ///   and Chaudhuri 2025.
    public func audits(
        _ scores: MembershipScores, delta: Double, confidence: Double = 0.95, coinFlips: Bool
    ) throws -> [AuditStatement] {
        let audit = try audit(scores)
        let methods: [AuditMethod] = [.clopperPearson, .gaussian] + (coinFlips ? [.oneRun, .gaussianOneRun] : [])
        return try methods.map { try audit.statement($0, delta: delta, confidence: confidence) }
    }
}
