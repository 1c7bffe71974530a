/// Turns bytes into tokens, and keeps the tokens of the words that it has met.
struct BytePairEncoder {
    /// Words that are kept; text has some tens of thousands, and random bytes must not fill the memory.
    private static let capacity = 1 << 17

    private let ranks: [TokenPair: Int32]
    private var words = WordTable()
    /// The tokens of the words, one word after the other.
    private var tokens: [Int32] = []
    private var ends: [Int] = [0]

    /// Creates an encoder from the token of each pair; a smaller token was learned earlier and is merged earlier.
    init(_ ranks: [TokenPair: Int32]) { self.ranks = ranks }

    /// Returns the tokens of bytes.
    ///
    /// - Complexity: O(bytes) for words that were met before.
    mutating func encode(_ bytes: [UInt8]) -> [Int32] {
        var result: [Int32] = []
        result.reserveCapacity(bytes.count / 3)
        var start = 0
        while start < bytes.count {
            let end = PreTokeniser.end(bytes, from: start)
            let word = words.number(of: start..<end, in: bytes)
            if word == ends.count - 1 {
                tokens += merged(bytes[start..<end])
                ends.append(tokens.count)
            }
            result += tokens[ends[word]..<ends[word + 1]]
            if words.count == Self.capacity { (words, tokens, ends) = (WordTable(), [], [0]) }
            start = end
        }
        return result
    }

    /// Merges the pair that was learned first, the leftmost of them, until there is none.
    private func merged(_ word: ArraySlice<UInt8>) -> [Int32] {
        var symbols = word.map(Int32.init)
        // The token of each symbol with the next.
        var pairs = zip(symbols, symbols.dropFirst()).map { token($0, $1) }
        while let token = pairs.min(), token < .max, let place = pairs.firstIndex(of: token) {
            symbols[place] = token
            symbols.remove(at: place + 1)
            pairs.remove(at: place)
            if place > 0 { pairs[place - 1] = self.token(symbols[place - 1], token) }
            if place < pairs.count { pairs[place] = self.token(token, symbols[place + 1]) }
        }
        return symbols
    }

    private func token(_ left: Int32, _ right: Int32) -> Int32 { ranks[TokenPair(left, right)] ?? .max }
}
