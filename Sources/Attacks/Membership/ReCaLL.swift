import Models
public import Tensors
public import ThreatModel

/// Compares the log-likelihood of a text after a foreign beginning with that after its own: members lose more.
///
/// A victim reads its context and one token more, a window of W tokens, and a record fills it: nothing can be put
/// before a whole one. So a beginning of p = ⌊share·W⌋ tokens, at least one, takes the place of the record's own first p
/// tokens, and the score is LL(x_p … x_W−1 | beginning) / LL(x_p … x_W−1 | x_0 … x_p−1): two sums over the same W − p
/// tokens, each of which stands where it stood in training. Beginnings are the first p tokens of population records,
/// which nobody trained on; the same few are put before every candidate.
///
/// - Source: Xie et al., "ReCaLL: Membership Inference via Relative Conditional Log-Likelihoods", EMNLP 2024.
/// - Deviation: the paper puts a non-member before the whole record and compares with the record alone; here only what
///   follows the beginning is scored, and compared with the same tokens after the record's own. Several beginnings are
///   averaged, where the paper joins them to one.
public struct ReCaLL: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "recall",
        summary: "A text's log-likelihood after a non-member's beginning over that after its own.",
        paper: "Xie et al., EMNLP 2024", families: ["transformer"], access: "scores",
        knowledge: "candidates, population", queries: "1 per candidate and beginning",
        deviations:
            "a beginning takes the place of the record's own, and only what follows is scored; beginnings are averaged")

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

    /// Returns the mean over the beginnings of LL(text | beginning) / LL(text | its own), per record.
    ///
    /// - Parameters:
    ///   - own: the log-likelihoods after the records' own beginnings, not positive, [C].
    ///   - foreign: those of the same tokens after each foreign one, [beginnings][C].
    /// - Returns: the scores, [C].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when there is no beginning or one is of other records.
    public static func scores(own: [Double], foreign: [[Double]]) throws(ThreatModelError) -> [Double] {
        guard !foreign.isEmpty, foreign.allSatisfy({ $0.count == own.count }) else {
            throw .mismatch(
                "log-likelihoods of \(own.count) texts after their own beginnings and \(foreign.map(\.count)) after "
                    + "foreign ones; expected at least one foreign beginning of each text")
        }
        return own.indices.map { record in
            let mean = foreign.reduce(0) { $0 + $1[record] } / Double(foreign.count)
            return mean / min(own[record], -.leastNormalMagnitude)
        }
    }

    /// Plays against the victim.
    ///
    /// - Throws: ``ThreatModelError`` without a population, with fewer records in it than beginnings, with shorter ones
    ///   than a beginning, or when candidates are too short to have a beginning and more.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let (texts, window) = (knowledge.candidates.texts, knowledge.candidates.window)
        let population = try knowledge.requiredPopulation(Self.card.id)
        let length = max(1, Int(share * Double(window)))
        guard population.count >= prefixes, population.window >= length, window > length else {
            throw ThreatModelError.mismatch(
                "\(prefixes) beginnings of \(length) tokens from \(population.count) population records of "
                    + "\(population.window) before candidates of \(window); expected as many, and both longer")
        }
        func likelihoods(_ texts: [[Int32]]) throws -> [Double] {
            try victim.tokenLogProbabilities(of: texts).map { $0.dropFirst(length - 1).reduce(0, +) }
        }
        let order = random["prefixes"].permutation(population.count)
        let beginnings = population.gather(Array(order.prefix(prefixes))).texts.map { $0.prefix(length) }
        return MembershipScores(
            try Self.scores(
                own: likelihoods(texts),
                foreign: beginnings.map { beginning in
                    try likelihoods(texts.map { Array(beginning + $0.dropFirst(length)) })
                }))
    }
}
