import Datasets
import Models
public import Tensors
public import ThreatModel

/// Compares the victim's loss on a text in lower case with that on the text as it is: what was learnt by heart was
/// learnt with its capitals.
///
/// - Source: Carlini et al., "Extracting Training Data from Large Language Models", USENIX Security 2021.
/// - Deviation: a lower-case text of more tokens than the victim can read ends where its context does; both losses are
///   means per predicted token.
public struct LowercaseRatio: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "lowercase", summary: "The victim's loss on a text in lower case over that on the text as it is.",
        paper: "Carlini et al., USENIX Security 2021", families: ["transformer"], access: "scores",
        knowledge: "candidates, tokeniser", queries: "2 per candidate", queriesPerCandidate: 2,
        deviations: "mean losses per token; a lower-case text ends where the victim's context does")

    /// Creates the attack.
    public init() {}
    /// Creates the attack, which has no settings.
    public init(_ settings: inout AttackSettings) {}

    /// Returns NLL(lower case) / NLL(as it is), per record, each a mean per predicted token.
    ///
    /// - Parameters:
    ///   - original: the log-probabilities of each record's predicted tokens, in nats.
    ///   - lowercase: those of its text in lower case; it may have another number of tokens.
    /// - Returns: the scores, [C].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when the counts of records differ or one has no predicted token.
    /// - Complexity: O(tokens).
    public static func scores(original: [[Double]], lowercase: [[Double]]) throws(ThreatModelError) -> [Double] {
        guard original.count == lowercase.count, !(original + lowercase).contains([]) else {
            throw .mismatch(
                "log-probabilities of \(original.count) records and \(lowercase.count) in lower case; expected as many, "
                    + "each of at least one token")
        }
        func loss(_ logarithms: [Double]) -> Double { -logarithms.reduce(0, +) / Double(logarithms.count) }
        return zip(original, lowercase).map { loss($1) / max(loss($0), .leastNormalMagnitude) }
    }

    /// Plays against the victim.
    ///
    /// - Throws: ``ThreatModelError`` without a tokeniser; `DatasetError` when it does not know a token.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let tokeniser = try knowledge.requiredTokeniser(Self.card.id)
        let texts = knowledge.candidates.texts
        let lowercase = tokeniser.encode(try texts.map { try tokeniser.decode($0).lowercased() })
        return MembershipScores(
            try Self.scores(
                original: victim.tokenLogProbabilities(of: texts),
                lowercase: victim.tokenLogProbabilities(of: lowercase)))
    }
}
