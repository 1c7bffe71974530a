import Datasets
import Models
public import Tensors
public import ThreatModel

/// Divides the victim's loss on a text by the size that zlib compresses it to, so that repetitive texts do not pass
/// for members.
///
/// - Source: Carlini et al., "Extracting Training Data from Large Language Models", USENIX Security 2021.
/// - Deviation: none; what the paper leaves open is settled so: the log-perplexity is the mean over the predicted tokens
///   in nats, the text is the whole window, its first token included, decoded to UTF-8, and zlib compresses it at its
///   default level 6. Windows of one length are ranked by the total loss alike.
public struct ZlibRatio: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "zlib", summary: "Minus the victim's loss on a text over the bytes that zlib makes of it.",
        paper: "Carlini et al., USENIX Security 2021", families: ["transformer"], access: "scores",
        knowledge: "candidates, tokeniser", queries: "1 per candidate", queriesPerCandidate: 1)

    /// Creates the attack.
    public init() {}
    /// Creates the attack, which has no settings.
    public init(_ settings: inout AttackSettings) {}

    /// Returns minus the mean NLL of a predicted token over the text's compressed bytes, per record, in nats per byte.
    ///
    /// - Parameters:
    ///   - logProbabilities: of each record's predicted tokens, in nats.
    ///   - texts: each record's text.
    /// - Returns: the scores, [C].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when there are not as many texts as records, or a record has no
    ///   predicted token.
    /// - Complexity: O(characters + tokens).
    public static func scores(
        logProbabilities: [[Double]], texts: [String]
    ) throws(ThreatModelError) -> [Double] {
        guard logProbabilities.count == texts.count, !logProbabilities.contains([]) else {
            throw .mismatch(
                "log-probabilities of \(logProbabilities.count) records and \(texts.count) texts; expected as many, each "
                    + "of at least two tokens")
        }
        return try scores(
            losses: logProbabilities.map { -$0.reduce(0, +) / Double($0.count) },
            lengths: texts.map { zlibLength(of: $0.utf8) })
    }

    /// Returns minus the mean NLL of a predicted token over the text's compressed bytes, per record, in nats per byte.
    ///
    /// - Parameters:
    ///   - losses: each record's mean NLL of a predicted token, in nats.
    ///   - lengths: the bytes that zlib makes of each text.
    /// - Returns: the scores, [C].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when there are not as many lengths as records, or one is not positive.
    public static func scores(losses: [Double], lengths: [Int]) throws(ThreatModelError) -> [Double] {
        guard losses.count == lengths.count, lengths.allSatisfy({ $0 > 0 }) else {
            throw .mismatch(
                "losses of \(losses.count) records and \(lengths.count) compressed lengths; expected as many, all positive"
            )
        }
        return zip(losses, lengths).map { -$0 / Double($1) }
    }

    /// Plays against the victim.
    ///
    /// - Throws: ``ThreatModelError`` without a tokeniser; `DatasetError` when it does not know a token.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let tokeniser = try knowledge.requiredTokeniser(Self.card.id)
        let texts = knowledge.candidates.texts
        return MembershipScores(
            try Self.scores(
                logProbabilities: victim.tokenLogProbabilities(of: texts),
                texts: texts.map { try tokeniser.decode($0) }))
    }
}
