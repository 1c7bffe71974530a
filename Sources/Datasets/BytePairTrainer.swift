/// Learns merges: again and again the most frequent pair of neighbouring tokens becomes a token of its own.
///
/// Works on different words with their counts. Only words that hold the merged pair are visited, and a heap whose entries
/// are brought up to date when they come to its top finds the next pair, so that a merge costs what it changes.
struct BytePairTrainer {
    private struct Occurrences {
        var count = 0
        /// Words that hold the pair, or held it once.
        var words: [Int] = []
    }

    /// A pair that comes once is no pattern, and learning it would copy text.
    private static let leastCount = 2

    private var words: [[Int32]] = []
    private var counts: [Int] = []
    private var pairs: [TokenPair: Occurrences] = [:]
    private var queue = PairQueue()

    /// Counts the words of a corpus and their pairs; pairs that overlap, as in "aaa", count each.
    init(_ corpus: TextCorpus) {
        var table = WordTable()
        for document in corpus.documents {
            let bytes = Array(document.text.utf8)
            var start = 0
            while start < bytes.count {
                let end = PreTokeniser.end(bytes, from: start)
                let word = table.number(of: start..<end, in: bytes)
                if word == counts.count { counts.append(0) }
                counts[word] += 1
                start = end
            }
        }
        words = (0..<table.count).map { table[$0].map(Int32.init) }
        for word in words.indices { enter(word) { _ in true } }
        for (pair, occurrences) in pairs { insert(pair, occurrences.count) }
    }

    /// Returns at most `limit` merges in order; fewer when no pair is left that comes twice.
    ///
    /// Among pairs that are equally frequent the one with the smaller left token is taken, then that with the smaller
    /// right one.
    mutating func merges(limit: Int) -> [TokenPair] {
        var merges: [TokenPair] = []
        while merges.count < limit, let (pair, count) = queue.removeFirst() {
            let current = pairs[pair]?.count ?? 0
            if current == count {
                merge(pair, into: Int32(255 + merges.count + 1))
                merges.append(pair)
            } else {
                insert(pair, current)
            }
        }
        return merges
    }

    private mutating func merge(_ pair: TokenPair, into token: Int32) {
        var created: Set<TokenPair> = []
        for word in pairs[pair]?.words ?? [] {
            let merged = words[word].merging(pair, into: token)
            guard merged.count < words[word].count else { continue }
            for old in words[word].pairs { pairs[old, default: Occurrences()].count -= counts[word] }
            words[word] = merged
            enter(word) { $0.left == token || $0.right == token }
            created.formUnion(merged.pairs.filter { $0.left == token || $0.right == token })
        }
        pairs[pair] = nil
        for pair in created { insert(pair, pairs[pair]?.count ?? 0) }
    }

    /// Adds a word to the counts of its pairs, and to the words of those pairs that are new in it.
    private mutating func enter(_ word: Int, isNew: (TokenPair) -> Bool) {
        for pair in words[word].pairs {
            pairs[pair, default: Occurrences()].count += counts[word]
            if isNew(pair) { pairs[pair, default: Occurrences()].words.append(word) }
        }
    }

    private mutating func insert(_ pair: TokenPair, _ count: Int) {
        if count >= Self.leastCount { queue.insert(pair, count) }
    }
}

/// A binary heap: the most frequent pair first, among equally frequent ones the smallest.
private struct PairQueue {
    private var entries: [(pair: TokenPair, count: Int)] = []

    mutating func insert(_ pair: TokenPair, _ count: Int) {
        entries.append((pair, count))
        var child = entries.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() -> (pair: TokenPair, count: Int)? {
        guard let first = entries.first else { return nil }
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while 2 * parent + 1 < entries.count {
            var child = 2 * parent + 1
            if child + 1 < entries.count, isBefore(child + 1, child) { child += 1 }
            guard isBefore(child, parent) else { break }
            entries.swapAt(child, parent)
            parent = child
        }
        return first
    }

    private func isBefore(_ a: Int, _ b: Int) -> Bool {
        (entries[b].count, entries[a].pair) < (entries[a].count, entries[b].pair)
    }
}

extension [Int32] {
    /// The pairs of neighbours, from the left.
    fileprivate var pairs: some Sequence<TokenPair> { zip(self, dropFirst()).lazy.map { TokenPair($0, $1) } }

    /// The tokens with every occurrence of a pair replaced, from the left.
    fileprivate func merging(_ pair: TokenPair, into token: Int32) -> [Int32] {
        var result: [Int32] = []
        var place = 0
        while place < count {
            let isPair = place + 1 < count && TokenPair(self[place], self[place + 1]) == pair
            result.append(isPair ? token : self[place])
            place += isPair ? 2 : 1
        }
        return result
    }
}
