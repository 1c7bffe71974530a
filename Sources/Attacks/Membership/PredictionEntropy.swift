import Foundation
public import Tensors
public import ThreatModel

/// Calls a record a member when the victim is sure of its answer, right or wrong.
///
/// - Source: Shokri, Stronati, Song and Shmatikov, S&P 2017, section VIII; Song and Mittal, USENIX Security 2021.
public struct PredictionEntropy: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "entropy", summary: "Minus the entropy of the victim's class distribution.",
        paper: "Song and Mittal, USENIX Security 2021", families: ["classifier"], access: "scores",
        queries: "1 per candidate", queriesPerCandidate: 1)

    /// Creates the attack.
    public init() {}
    /// Creates the attack, which has no settings.
    public init(_ settings: inout AttackSettings) {}

    /// Returns Σᵢ pᵢ ln pᵢ of each row, minus its entropy in nats.
    ///
    /// - Shapes: probabilities [C, classes]; scores [C].
    public static func scores(probabilities: Tensor) -> [Double] {
        (0..<probabilities.rows).map { record in
            probabilities.row(record).reduce(0) { sum, probability in
                probability > 0 ? sum + Double(probability) * log(Double(probability)) : sum
            }
        }
    }

    /// Plays against the victim.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        MembershipScores(Self.scores(probabilities: try victim.classProbabilities(knowledge.candidates)))
    }
}
