import Datasets
import Models
public import Tensors
public import ThreatModel

/// Divides the victim's surprise at a text by the size that zlib compresses it to, so that repetitive texts do not pass
/// for members.
///
/// - Source: Carlini et al., "Extracting Training Data from Large Language Models", USENIX Security 2021.
/// - Deviation: the total over the predicted tokens in nats, by bytes; the paper divides the log-perplexity, a mean
///   per token. The text is the whole window, its first token included, decoded to UTF-8 and compressed at zlib's
///   default level 6.
public struct ZlibRatio: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "zlib", summary: "Minus the victim's total loss on a text over the bytes that zlib makes of it.",
        paper: "Carlini et al., USENIX Security 2021", families: ["transformer"], access: "scores",
        knowledge: "candidates, tokeniser", queries: "1 per candidate", queriesPerCandidate: 1,
        deviations: "the total loss in nats of all tokens but the first; zlib at level 6 on the whole text's UTF-8")

    /// Creates the attack.
    public init() {}
    /// Creates the attack, which has no settings.
    public init(_ settings: inout AttackSettings) {}

    /// Returns −NLL / zlib bytes, per record.
    ///
    /// - Parameters:
    ///   - logProbabilities: of each record's predicted tokens, in nats.
    ///   - texts: each record's text.
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when there are not as many texts as records.
    /// - Complexity: O(characters + tokens).
    public static func scores(
        logProbabilities: [[Double]], texts: [String]
    ) throws(ThreatModelError) -> [Double] {
        guard logProbabilities.count == texts.count else {
            throw .mismatch("log-probabilities of \(logProbabilities.count) records and \(texts.count) texts")
        }
        return zip(logProbabilities, texts).map { logarithms, text in
            logarithms.reduce(0, +) / Double(zlibLength(of: text.utf8))
        }
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
