/// The n-grams of some texts, by hashes of 64 bits.
///
/// A hash takes the place of the Bloom filter of the paper: an n-gram that is in no text is taken for one that is with
/// probability N·2⁻⁶⁴ per look-up, N being ``count``; one that is in a text is always found.
///
/// - Source: Ippolito et al. 2023, <https://arxiv.org/abs/2210.17546>.
/// - Deviation: a set of hashes in place of a Bloom filter, at some 20 bytes per n-gram in place of 2.
public struct NGramFilter: Sendable, Equatable {
    /// The length of an n-gram in tokens.
    public let length: Int
    private let grams: Set<UInt64>
    /// Of each n-gram all but the last token, so that most places of a text need one look-up.
    private let beginnings: Set<UInt64>

    /// The number of n-grams.
    public var count: Int { grams.count }

    /// Reads texts.
    ///
    /// - Precondition: `length` ≥ 1.
    /// - Complexity: O(tokens·length)
    public init(_ texts: [[Int32]], length: Int) {
        precondition(length > 0, "n-grams of \(length) tokens")
        var (grams, beginnings): (Set<UInt64>, Set<UInt64>) = ([], [])
        for text in texts where text.count >= length {
            for start in 0...text.count - length {
                var hash = ContentHash()
                hash.combine(text[start..<start + length - 1])
                beginnings.insert(hash.value)
                hash.combine(text[start + length - 1])
                grams.insert(hash.value)
            }
        }
        (self.length, self.grams, self.beginnings) = (length, grams, beginnings)
    }

    /// Whether some tokens are an n-gram of the texts.
    public func contains(_ tokens: some Collection<Int32>) -> Bool {
        guard tokens.count == length else { return false }
        var hash = ContentHash()
        hash.combine(tokens)
        return grams.contains(hash.value)
    }

    /// The tokens below `vocabulary` that would complete an n-gram after a text, in ascending order.
    ///
    /// - Complexity: O(length), and O(vocabulary) where the end of the text begins an n-gram.
    public func completing(_ text: some BidirectionalCollection<Int32>, vocabulary: Int) -> [Int32] {
        guard text.count >= length - 1 else { return [] }
        var hash = ContentHash()
        hash.combine(text.suffix(length - 1))
        guard beginnings.contains(hash.value) else { return [] }
        return (0..<Int32(vocabulary)).filter { token in
            var whole = hash
            whole.combine(token)
            return grams.contains(whole.value)
        }
    }
}
