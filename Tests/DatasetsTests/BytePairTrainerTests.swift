import TestSupport
import Testing

@testable import Datasets

@Suite struct BytePairTrainerTests {
    private func merges(_ texts: [String], limit: Int) -> [TokenPair] {
        var trainer = BytePairTrainer(TextCorpus(documents: texts.map { .init(name: "", text: $0) }))
        return trainer.merges(limit: limit)
    }

    /// Counts all pairs of all pieces anew for every merge.
    private func slowMerges(_ texts: [String], limit: Int) -> [TokenPair] {
        var words: [[Int32]] = []
        for bytes in texts.map({ Array($0.utf8) }) {
            var start = 0
            while start < bytes.count {
                let end = PreTokeniser.end(bytes, from: start)
                words.append(bytes[start..<end].map(Int32.init))
                start = end
            }
        }
        var merges: [TokenPair] = []
        while merges.count < limit {
            var counts: [TokenPair: Int] = [:]
            for word in words { for (a, b) in zip(word, word.dropFirst()) { counts[TokenPair(a, b), default: 0] += 1 } }
            let most = counts.values.max() ?? 0
            guard most >= 2, let pair = counts.filter({ $0.value == most }).keys.min() else { break }
            let token = Int32(256 + merges.count)
            merges.append(pair)
            words = words.map { SlowEncoder.replacing(pair, by: token, in: $0) }
        }
        return merges
    }

    @Test(
        "By hand: aaabdaaabac has aa four times, then ab and (aa)a twice each, of which ab is the smaller; then (aa)(ab)"
    )
    func byHand() {
        let (a, b) = (Int32(97), Int32(98))
        #expect(merges(["aaabdaaabac"], limit: 9) == [TokenPair(a, a), TokenPair(a, b), TokenPair(256, 257)])
        #expect(merges(["aaabdaaabac"], limit: 2) == [TokenPair(a, a), TokenPair(a, b)])
    }

    @Test("Words count as often as they come, over documents, and pairs never reach over words")
    func counts() {
        let (a, b, c) = (Int32(97), Int32(98), Int32(99))
        #expect(merges(["bc\nab\nbc", "bc\nab"], limit: 9) == [TokenPair(b, c), TokenPair(a, b)])
        #expect(merges(["a\nb\na\nb"], limit: 9).isEmpty)
        #expect(merges(["1212 1212"], limit: 9).isEmpty)
        #expect(merges(["abc"], limit: 9).isEmpty, "a pair that comes once is not learned")
        #expect(merges([""], limit: 9).isEmpty)
    }

    @Test("The merges are those of counting anew for each of them", arguments: 1...8)
    func oracle(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let texts = [random.text(words: 300), random.text(words: 200)]
        let expected = slowMerges(texts, limit: 200)
        #expect(expected.count > 100)
        #expect(merges(texts, limit: 200) == expected)
        #expect(merges(texts, limit: 50) == Array(expected.prefix(50)))
    }
}
