import Models
public import Tensors
public import ThreatModel

/// Looks at a text's least likely tokens only: of a member, even those are not very unlikely.
///
/// - Source: Shi et al., "Detecting Pretraining Data from Large Language Models", ICLR 2024 (Min-K% Prob).
public struct MinK: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "min-k", summary: "The mean log-probability of a text's least likely tokens.",
        paper: "Shi et al., ICLR 2024", families: ["transformer"], access: "scores", queries: "1 per candidate",
        queriesPerCandidate: 1)

    /// The share of the tokens that count.
    public var fraction: Double

    /// Creates the attack.
    public init(fraction: Double = 0.2) {
        precondition(fraction >= 0 && fraction <= 1, "a fraction of \(fraction)")
        self.fraction = fraction
    }
    /// Creates the attack with `fraction`, a fifth by default.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        fraction = try settings.number("fraction", in: 0...1, default: 0.2)
    }

    /// Returns the mean of the ⌊fraction·T⌋ smallest of each record's T log-probabilities, at least of one.
    ///
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when a record has none.
    /// - Complexity: O(C·T log T).
    public static func scores(logProbabilities: [[Double]], fraction: Double) throws(ThreatModelError) -> [Double] {
        if let empty = logProbabilities.firstIndex(of: []) {
            throw .mismatch("record \(empty) has no predicted token; windows need at least two tokens")
        }
        return logProbabilities.map { meanOfSmallest($0, fraction) }
    }

    /// The mean of a share of values, the smallest, rounded down to a whole number of them that is not zero.
    static func meanOfSmallest(_ values: [Double], _ fraction: Double) -> Double {
        // A tenth of 70 is 7 tokens, though 0.1·70 may fall short of it by a rounding.
        let count = max(1, Int(fraction * Double(values.count) + 1e-9))
        return values.sorted().prefix(count).reduce(0, +) / Double(count)
    }

    /// Plays against the victim.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        MembershipScores(
            try Self.scores(
                logProbabilities: victim.tokenLogProbabilities(of: knowledge.candidates.texts), fraction: fraction))
    }
}
