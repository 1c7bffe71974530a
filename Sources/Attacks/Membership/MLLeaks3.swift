import Foundation
import Statistics
public import Tensors
public import ThreatModel

/// Calls a record a member when one number of the victim's answer is extreme; nothing is trained.
///
/// - Source: Salem, Zhang, Humbert, Berrang, Fritz and Backes, "ML-Leaks", NDSS 2019, adversary 3.
public struct MLLeaks3: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "ml-leaks-3", summary: "The largest probability, the entropy or the deviation of the victim's answer.",
        paper: "Salem et al., NDSS 2019, adversary 3", families: ["classifier"], access: "scores",
        queries: "1 per candidate", queriesPerCandidate: 1,
        deviations: "the threshold on random inputs is left to the ROC")

    /// A number that an answer is reduced to; all are higher for surer answers.
    public enum Statistic: String, Codable, Sendable, CaseIterable {
        /// The largest probability.
        case maximum
        /// Minus the entropy in nats.
        case entropy
        /// The standard deviation of the probabilities.
        case deviation
    }
    /// What an answer is reduced to.
    public var statistic: Statistic

    /// Creates the attack.
    public init(statistic: Statistic = .maximum) { self.statistic = statistic }
    /// Creates the attack with `statistic`: maximum, entropy or deviation.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        statistic = try settings.choice("statistic", default: Statistic.maximum)
    }

    /// Returns the statistic of each row.
    ///
    /// - Shapes: probabilities [C, classes]; scores [C].
    public static func scores(probabilities: Tensor, statistic: Statistic) -> [Double] {
        switch statistic {
        case .maximum: (0..<probabilities.rows).map { Double(probabilities.row($0).max() ?? 0) }
        case .entropy: PredictionEntropy.scores(probabilities: probabilities)
        case .deviation:
            (0..<probabilities.rows).map {
                Moments(of: probabilities.row($0).map(Double.init)).populationStandardDeviation
            }
        }
    }

    /// Returns the threshold that a share `top` of random inputs reaches: they are no members, so about that share of
    /// the non-members is flagged if they are answered like random inputs.
    ///
    /// It is the smallest score that at most ⌊top·n⌋ of the n random scores reach; ∞ when `top`·n is below one.
    /// - Complexity: O(n log n).
    public static func threshold(randomScores: [Double], top: Double) -> Double {
        precondition((0...1).contains(top), "a share of \(top)")
        let sorted = randomScores.sorted(by: >)
        let allowed = Int((top * Double(sorted.count)).rounded(.down))
        // Of equal scores all are reached or none.
        let reached = sorted[..<allowed].filter { allowed == sorted.count || $0 > sorted[allowed] }
        return reached.last ?? .infinity
    }

    /// Plays against the victim.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let probabilities = try victim.classProbabilities(knowledge.candidates)
        return MembershipScores(Self.scores(probabilities: probabilities, statistic: statistic))
    }
}
