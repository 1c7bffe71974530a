import Foundation
import Testing

@testable import Datasets

@Suite struct CharacterTokeniserTests {
    private let corpus = TextCorpus(documents: [
        .init(name: "1", text: "banana"), .init(name: "2", text: "cab\n\u{FFFD}"),
    ])

    @Test("The vocabulary is sorted after the unknown symbol") func vocabulary() throws {
        let tokeniser = try CharacterTokeniser(corpus: corpus)
        #expect(tokeniser.vocabulary == ["\u{FFFD}", "\n", "a", "b", "c", "n"])
        #expect(tokeniser.count == 6)
    }

    @Test("Known text comes back, unknown text as the unknown symbol") func roundTrip() throws {
        let tokeniser = try CharacterTokeniser(corpus: corpus)
        #expect(tokeniser.encode("nab\n") == [5, 2, 3, 1])
        #expect(try tokeniser.decode(tokeniser.encode("cabana\n")) == "cabana\n")
        #expect(tokeniser.encode("a\u{301}z") == [2, 0, 0])
        #expect(try tokeniser.decode([2, 0]) == "a\u{FFFD}")
    }

    @Test("A limit keeps the most frequent, ties by order") func limit() throws {
        let tokeniser = try CharacterTokeniser(corpus: corpus, limit: 4)
        #expect(tokeniser.vocabulary == ["\u{FFFD}", "a", "b", "n"])
        #expect(tokeniser.encode("c") == [CharacterTokeniser.unknown])
        #expect(try CharacterTokeniser(corpus: corpus, limit: 5).vocabulary == ["\u{FFFD}", "\n", "a", "b", "n"])
    }

    @Test("It survives JSON, and refuses a vocabulary out of order") func json() throws {
        let tokeniser = try CharacterTokeniser(corpus: corpus)
        let data = try JSONEncoder().encode([tokeniser])
        #expect(try JSONDecoder().decode([CharacterTokeniser].self, from: data) == [tokeniser])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([CharacterTokeniser].self, from: Data(#"["ba"]"#.utf8))
        }
    }

    @Test("Tokens outside, an empty corpus and a tiny limit are errors") func errors() throws {
        let tokeniser = try CharacterTokeniser(corpus: corpus)
        try expectError("0..<6", "found 6") { try tokeniser.decode([6]) }
        try expectError("found -1") { try tokeniser.decode([-1]) }
        try expectError("0 different symbols") { try CharacterTokeniser(corpus: TextCorpus(documents: [])) }
        try expectError("a limit of 1") { try CharacterTokeniser(corpus: corpus, limit: 1) }
    }
}
