import Models
public import Tensors
public import ThreatModel

/// Gives the model the beginnings of records and lets it continue greedily.
///
/// - Source: Carlini, Ippolito, Jagielski, Lee, Tramèr and Zhang, "Quantifying memorization", ICLR 2023.
public struct PrefixContinuation: Attack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "prefix-continuation", summary: "Does the model continue the beginning of a record as the record goes on?",
        paper: "Carlini et al., ICLR 2023", families: ["transformer"], access: "continuations",
        queries: "1 per candidate that is continued",
        deviations: "graded against non-members, which a language continues in the same words by chance")

    /// How many candidates, the first ones, are continued.
    public var candidates: Int
    /// How many tokens are given.
    public var prefix: Int
    /// How many tokens are asked for.
    public var length: Int

    /// Creates the attack.
    public init(candidates: Int, prefix: Int, length: Int) {
        (self.candidates, self.prefix, self.length) = (candidates, prefix, length)
    }

    /// Returns the continuations.
    ///
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when prefix and continuation exceed the window.
    public func run(against victim: Continuations, knowing knowledge: Knowledge, random: RandomStream) throws
        -> TextContinuations
    {
        let window = knowledge.candidates.window
        guard prefix > 0, length > 0, prefix + length <= window else {
            throw ThreatModelError.mismatch(
                "a prefix of \(prefix) and a continuation of \(length) tokens do not fit a window of \(window)")
        }
        let chosen = Array(0..<min(candidates, knowledge.candidates.count))
        let prefixes = chosen.map { Array(knowledge.candidates.tokens[$0 * window..<$0 * window + prefix]) }
        return TextContinuations(
            candidates: chosen, prefix: prefix, tokens: try victim.greedy(prefixes, by: length))
    }
}
