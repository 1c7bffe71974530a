public import Tensors
public import ThreatModel

/// Calls a record a member when the victim classifies it correctly: the gap attack, and the floor of every attack that
/// sees labels only.
///
/// - Source: Yeom, Giacomelli, Fredrikson and Jha, CSF 2018; Choquette-Choo, Tramèr, Carlini and Papernot, ICML 2021.
public struct Correctness: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "correctness", summary: "Calls a record a member when the victim predicts its class.",
        paper: "Yeom et al., CSF 2018; Choquette-Choo et al., ICML 2021", families: ["classifier"], access: "labels",
        knowledge: "candidates with labels", queries: "1 per candidate", queriesPerCandidate: 1)

    /// Creates the attack.
    public init() {}
    /// Creates the attack, which has no settings.
    public init(_ settings: inout AttackSettings) {}

    /// Returns 1 where the predicted class is the record's, else 0.
    ///
    /// At the only threshold, the balanced accuracy is ½ + (accuracy on members − accuracy on others)/2.
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when the counts differ.
    public static func scores(predicted: [Int32], labels: [Int32]) throws(ThreatModelError) -> [Double] {
        guard predicted.count == labels.count else {
            throw .mismatch("\(predicted.count) predictions for \(labels.count) labels; both are one per candidate")
        }
        return zip(predicted, labels).map { $0 == $1 ? 1 : 0 }
    }

    /// Plays against the victim.
    public func run(against victim: LabelsOnly, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let labels = try knowledge.requiredLabels(Self.card.id)
        return MembershipScores(
            try Self.scores(predicted: try victim.labels(knowledge.candidates), labels: labels))
    }
}
