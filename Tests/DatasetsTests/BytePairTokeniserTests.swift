import Foundation
import TestSupport
import Testing

@testable import Datasets

/// The definition: each merge in the order in which it was learned, from the left, by scanning again and again.
enum SlowEncoder {
    static func replacing(_ pair: TokenPair, by token: Int32, in word: [Int32]) -> [Int32] {
        var word = word
        var place = 0
        while place + 1 < word.count {
            if word[place] == pair.left, word[place + 1] == pair.right {
                word.replaceSubrange(place...place + 1, with: [token])
            }
            place += 1
        }
        return word
    }

    static func encode(_ bytes: [UInt8], _ merges: [TokenPair]) -> [Int32] {
        var (tokens, start): ([Int32], Int) = ([], 0)
        while start < bytes.count {
            let end = PreTokeniser.end(bytes, from: start)
            var word = bytes[start..<end].map(Int32.init)
            for (token, pair) in zip(Int32(256)..., merges) { word = replacing(pair, by: token, in: word) }
            tokens += word
            start = end
        }
        return tokens
    }
}

@Suite struct BytePairTokeniserTests {
    private func tokeniser(_ texts: String..., merges: Int) throws -> BytePairTokeniser {
        try BytePairTokeniser(corpus: TextCorpus(documents: texts.map { .init(name: "", text: $0) }), merges: merges)
    }

    private func excerpt() throws -> TextCorpus {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
        return try TextFolder.corpus(at: root.appending(path: "datasets/sotu-excerpt"))
    }

    @Test("By hand: merges of aa, ab and both") func byHand() throws {
        let tokeniser = try tokeniser("aaabdaaabac", merges: 9)
        #expect(tokeniser.count == 259 && tokeniser.mergeCount == 3, "fewer than asked for, when no pair comes twice")
        #expect(
            tokeniser.encode(["aaab", "aab", "ab", "baa b", ""]) == [[258], [256, 98], [257], [98, 256, 32, 98], []])
        #expect(try tokeniser.bytes(of: [258, 98]) == Array("aaabb".utf8))
        #expect(try tokeniser.decode([258, 32, 257]) == "aaab ab")
    }

    @Test("Any bytes come back") func anyBytes() throws {
        let tokeniser = try BytePairTokeniser(corpus: try excerpt(), merges: 300)
        var random = SplitMix64(seed: 1)
        let texts = (0..<200).map { length in (0..<length).map { _ in random.byte() } } + [Array(0...255)]
        let tokens = tokeniser.encode(texts)
        for (text, tokens) in zip(texts, tokens) { #expect(try tokeniser.bytes(of: tokens) == text) }
    }

    @Test("The whole excerpt comes back, in a third of its bytes") func excerptRoundTrip() throws {
        let corpus = try excerpt()
        let tokeniser = try BytePairTokeniser(corpus: corpus, merges: 1024)
        #expect(tokeniser.mergeCount == 1024)
        let tokens = tokeniser.encode(corpus.documents.map(\.text))
        for (document, tokens) in zip(corpus.documents, tokens) {
            #expect(try tokeniser.decode(tokens) == document.text)
        }
        let bytes = corpus.documents.reduce(0) { $0 + $1.text.utf8.count }
        #expect(Double(tokens.joined().count) < 0.34 * Double(bytes))
    }

    @Test("Encoding is applying the merges in order", arguments: 1...6) func oracle(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let tokeniser = try tokeniser(random.text(words: 400), merges: 150)
        let texts = (0..<40).map { _ in Array(random.text(words: 20).utf8) }
        #expect(tokeniser.encode(texts) == texts.map { SlowEncoder.encode($0, tokeniser.merges) })
        // The control: the same merges in another order give other tokens.
        let backwards = texts.map { SlowEncoder.encode($0, Array(tokeniser.merges.reversed())) }
        #expect(tokeniser.encode(texts) != backwards)
    }

    @Test("Words that were met before are encoded as at first, alone and after the memory was emptied") func cache()
        throws
    {
        var random = SplitMix64(seed: 3)
        let tokeniser = try tokeniser(random.text(words: 400), merges: 150)
        let texts = (0..<30).map { _ in random.text(words: 30) }
        let alone = texts.map { tokeniser.encode([$0])[0] }
        #expect(tokeniser.encode(texts) == alone)
        // More different words than are kept: five letters, each one of sixteen.
        let many = (0..<200_000).map { number -> [UInt8] in
            let letters = (0..<5).map { place in UInt8(0x61 + (number >> (4 * place)) & 0xF) }
            return letters + [0x0A]
        }
        let found = tokeniser.encode([Array(many.joined())] + texts.map { Array($0.utf8) })
        #expect(Array(found.dropFirst()) == alone)
        let halves = [many.prefix(100_000), many.suffix(100_000)].map { tokeniser.encode([Array($0.joined())])[0] }
        #expect(found[0] == halves[0] + halves[1])
    }

    @Test("The same corpus gives the same tokeniser, another one another") func determinism() throws {
        let corpus = try excerpt()
        let first = try BytePairTokeniser(corpus: corpus, merges: 200)
        #expect(try BytePairTokeniser(corpus: corpus, merges: 200) == first)
        let other = TextCorpus(documents: Array(corpus.documents.dropFirst(15)))
        #expect(try BytePairTokeniser(corpus: other, merges: 200) != first)
        #expect(try BytePairTokeniser(corpus: corpus, merges: 100).merges == Array(first.merges.prefix(100)))
    }

    @Test("A character that tokens cut in two is repaired at the edges alone") func edges() throws {
        let tokeniser = try tokeniser("x", merges: 1)
        let bytes = Array("é界é".utf8).map(Int32.init)
        #expect(try tokeniser.decode(bytes) == "é界é")
        #expect(try tokeniser.decode(bytes.dropFirst().dropLast()) == "\u{FFFD}界\u{FFFD}")
    }

    @Test("It survives JSON, in which merges can be read") func json() throws {
        let small = try tokeniser("the the \u{2026}\u{2026}", merges: 9)
        let text = String(decoding: try JSONEncoder().encode(small), as: UTF8.self)
        #expect(text == #"{"merges":["h e","t he","Ģ ¦","â Ģ¦"]}"#)
        #expect(try JSONDecoder().decode(BytePairTokeniser.self, from: Data(text.utf8)) == small)
        let large = try BytePairTokeniser(corpus: try excerpt(), merges: 1024)
        let copy = try JSONDecoder().decode(BytePairTokeniser.self, from: JSONEncoder().encode(large))
        #expect(copy == large && copy.merges == large.merges)
        #expect(try JSONEncoder().encode(copy) == JSONEncoder().encode(large))
    }

    @Test(
        "Stored merges that cannot be are refused",
        arguments: [
            #"["ab c"]"#, #"["a b","a b"]"#, #"["a b","ab c","b c","a bc"]"#, #"["a"]"#, #"["a b c"]"#, #"["a  b"]"#,
            #"["a \u0001"]"#, #"["a 界"]"#, #"[[97,98]]"#, #""a b""#, "7",
        ])
    func damaged(_ merges: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(BytePairTokeniser.self, from: Data(#"{"merges":\#(merges)}"#.utf8))
        }
    }

    @Test("Stored merges that double again and again end where no word is that long") func endless() throws {
        func doubled(_ times: Int) throws -> BytePairTokeniser {
            let tokens = (0..<times).map { String(repeating: "a", count: 1 << $0) }
            let data = try JSONEncoder().encode(["merges": tokens.map { "\($0) \($0)" }])
            return try JSONDecoder().decode(BytePairTokeniser.self, from: data)
        }
        #expect(try doubled(5).encode(["aaaaaa"]) == [[257, 256]])
        #expect(throws: DecodingError.self) { try doubled(6) }
    }

    @Test("Tokens outside, an empty corpus and no merges are errors") func errors() throws {
        let tokeniser = try tokeniser("abab", merges: 1)
        try expectError("0..<257", "found 257") { try tokeniser.decode([257]) }
        try expectError("found -1") { try tokeniser.decode([-1]) }
        try expectError("0 bytes") { try BytePairTokeniser(corpus: TextCorpus(documents: []), merges: 1) }
        try expectError("0 bytes") { try self.tokeniser("", merges: 1) }
        try expectError("a limit of 0") { try self.tokeniser("abab", merges: 0) }
    }
}
