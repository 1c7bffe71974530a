/// Which token tends to stand between two others: counts of neighbouring pairs in a corpus of token windows.
///
/// A token's probability after another is (n(a, b) + p(b)) / (n(a) + 1), with p(b) = (n(b) + 1) / (N + V) over the V
/// tokens of the corpus: nothing that occurs there is impossible anywhere.
///
/// - Source: MacKay and Peto 1995 for smoothing by the distribution of single tokens.
public struct BigramModel: Sendable, Equatable {
    /// The tokens that occur in the corpus, in ascending order.
    public let tokens: [Int32]
    private let counts: [Int32: Int]
    private let pairs: [TokenPair: Int]
    /// How often each token has a successor.
    private let followed: [Int32: Int]
    private let total: Int

    /// Counts the tokens and the neighbouring pairs of windows.
    ///
    /// - Parameters:
    ///   - tokens: the windows one after another.
    ///   - window: the length of each; no pair crosses an end.
    /// - Complexity: O(tokens)
    public init(tokens: [Int32], window: Int) {
        precondition(
            window > 0 && tokens.count % window == 0, "BigramModel: \(tokens.count) tokens in windows of \(window)")
        var (counts, pairs, followed): ([Int32: Int], [TokenPair: Int], [Int32: Int]) = ([:], [:], [:])
        for (index, token) in tokens.enumerated() {
            counts[token, default: 0] += 1
            guard (index + 1) % window > 0 else { continue }
            pairs[TokenPair(token, tokens[index + 1]), default: 0] += 1
            followed[token, default: 0] += 1
        }
        self.tokens = counts.keys.sorted()
        (self.counts, self.pairs, self.followed, total) = (counts, pairs, followed, tokens.count)
    }

    /// Returns the probability of a token anywhere.
    public func probability(of token: Int32) -> Double {
        Double(counts[token, default: 0] + 1) / Double(total + max(tokens.count, 1))
    }

    /// Returns the probability of a token right after another.
    public func probability(of token: Int32, after previous: Int32) -> Double {
        let pair = Double(pairs[TokenPair(previous, token), default: 0])
        return (pair + probability(of: token)) / Double(followed[previous, default: 0] + 1)
    }

    /// Returns how well each of ``tokens`` fits between two others: p(token after left) · p(right after token).
    ///
    /// - Parameters:
    ///   - left: the token before; `nil` at the beginning of a text, where p(token) takes its place.
    ///   - right: the token after; `nil` at the end of a text.
    /// - Returns: one weight per token, not normalised.
    /// - Complexity: O(V)
    public func weights(between left: Int32?, and right: Int32?) -> [Double] {
        tokens.map { token in
            let before = left.map { probability(of: token, after: $0) } ?? probability(of: token)
            return before * (right.map { probability(of: $0, after: token) } ?? 1)
        }
    }
}
