import Testing

@testable import Datasets

@Suite struct TextWindowsTests {
    @Test("Windows are disjoint, whole, and never cross documents") func cut() throws {
        let corpus = TextCorpus(documents: [
            .init(name: "1", text: "abcdefgh"), .init(name: "2", text: "xy"), .init(name: "3", text: "123"),
        ])
        let tokeniser = Tokeniser.characters(try CharacterTokeniser(corpus: corpus))
        let windows = try TextWindows(corpus, length: 3, by: tokeniser).windows
        #expect(windows.map(\.document) == [0, 0, 2] && windows.map(\.offset) == [0, 3, 0])
        #expect(try windows.map { try tokeniser.decode($0.tokens) } == ["abc", "def", "123"])
    }

    @Test("Length is counted in tokens: characters of normalised text, byte pairs of text as it is") func units() throws
    {
        let corpus = TextCorpus(documents: [.init(name: "1", text: "ab\r\nab\u{2026}")])
        let characters = Tokeniser.characters(try CharacterTokeniser(corpus: corpus.normalised()))
        let windows = try TextWindows(corpus, length: 4, by: characters).windows
        #expect(try windows.map { try characters.decode($0.tokens) } == ["ab\na", "b..."])
        let bytePairs = Tokeniser.bytePairs(try BytePairTokeniser(corpus: corpus, merges: 1))
        let pairs = try TextWindows(corpus, length: 2, by: bytePairs).windows
        #expect(pairs.map { Array($0.tokens) } == [[256, 13], [10, 256], [0xE2, 0x80]])
    }

    @Test("No window at all is an error", arguments: [0, 4]) func none(_ length: Int) throws {
        let corpus = TextCorpus(documents: [.init(name: "1", text: "abc")])
        let tokeniser = Tokeniser.characters(try CharacterTokeniser(corpus: corpus))
        try expectError("\(length) characters", "1 shorter") {
            try TextWindows(corpus, length: length, by: tokeniser)
        }
    }
}
