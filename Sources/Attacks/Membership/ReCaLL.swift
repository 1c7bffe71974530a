import Models
public import Tensors
public import ThreatModel

/// Compares the log-likelihood of a text after a foreign beginning with that of the text alone: members lose more.
///
/// A victim reads its context and one token more: windows of W tokens. With a beginning of p tokens the first W − p of
/// a record still fit, at least two, of which the first is given in both cases: the score is the ratio of two sums of
/// log-probabilities over the same W − p − 1 tokens. Beginnings are the first p tokens of population records, which
/// nobody trained on; the same few are put before every candidate.
///
/// - Source: Xie et al., "ReCaLL: Membership Inference via Relative Conditional Log-Likelihoods", EMNLP 2024.
/// - Deviation: only the part of a record that fits after the beginning is scored, so that text and context have the
///   victim's window; several beginnings are averaged, not joined to one.
public struct ReCaLL: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "recall",
        summary: "A text's log-likelihood after a non-member's beginning over that of the text alone.",
        paper: "Xie et al., EMNLP 2024", families: ["transformer"], access: "scores",
        knowledge: "candidates, population", queries: "1 per candidate and beginning",
        deviations: "only the part of a record that fits after the beginning is scored; beginnings are averaged")

    /// The share of the victim's window that the beginning takes.
    public var share: Double
    /// How many beginnings are tried on each record.
    public var prefixes: Int

    /// Creates the attack.
    public init(share: Double = 0.5, prefixes: Int = 4) {
        precondition(share > 0 && share < 1 && prefixes > 0, "\(prefixes) beginnings of \(share) of a window")
        (self.share, self.prefixes) = (share, prefixes)
    }
    /// Creates the attack with `share`, a half by default, and `prefixes`, 4 by default.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        share = try settings.number("share", in: 0.01...0.99, default: 0.5)
        prefixes = try settings.integer("prefixes", in: 1...10_000, default: 4)
    }

    /// Returns the mean over the beginnings of LL(text | beginning) / LL(text), per record.
    ///
    /// - Parameters:
    ///   - alone: the log-likelihoods of the texts, not positive, [C].
    ///   - conditional: those of the same tokens after each beginning, [beginnings][C].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when there is no beginning or one is of other records.
    public static func scores(alone: [Double], conditional: [[Double]]) throws(ThreatModelError) -> [Double] {
        guard !conditional.isEmpty, conditional.allSatisfy({ $0.count == alone.count }) else {
            throw .mismatch(
                "log-likelihoods of \(alone.count) texts alone and \(conditional.map(\.count)) after a beginning; "
                    + "expected at least one beginning of each text")
        }
        return alone.indices.map { record in
            let mean = conditional.reduce(0) { $0 + $1[record] } / Double(conditional.count)
            return mean / min(alone[record], -.leastNormalMagnitude)
        }
    }

    /// Plays against the victim.
    ///
    /// - Throws: ``ThreatModelError`` without a population, with fewer records in it than beginnings, or when windows
    ///   are too short to hold a beginning and two tokens.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let (candidates, population) = (knowledge.candidates, try knowledge.requiredPopulation(Self.card.id))
        let length = max(1, Int(share * Double(candidates.window)))
        let texts = candidates.texts.map { $0.prefix(candidates.window - length) }
        guard population.count >= prefixes, population.window >= length, candidates.window - length >= 2 else {
            throw ThreatModelError.mismatch(
                "\(prefixes) beginnings of \(length) tokens from \(population.count) population records before windows "
                    + "of \(candidates.window); expected as many records, and room for two tokens of a candidate")
        }
        let beginnings = population.gather(
            Array(random["prefixes"].permutation(population.count).prefix(prefixes))
        ).texts
        func likelihoods(_ beginning: ArraySlice<Int32>) throws -> [Double] {
            let found = try victim.tokenLogProbabilities(of: texts.map { Array(beginning + $0) })
            return zip(found, texts).map { $0.suffix($1.count - 1).reduce(0, +) }
        }
        return MembershipScores(
            try Self.scores(
                alone: likelihoods([]), conditional: beginnings.map { try likelihoods($0.prefix(length)) }))
    }
}
