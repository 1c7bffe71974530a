import Testing

@testable import Datasets

@Suite struct TextWindowsTests {
    @Test("Windows are disjoint, whole, and never cross documents") func cut() throws {
        let corpus = TextCorpus(documents: [
            .init(name: "1", text: "abcdefgh"), .init(name: "2", text: "xy"), .init(name: "3", text: "123"),
        ])
        let windows = try TextWindows(corpus, length: 3)
        #expect(
            windows.windows == [
                TextWindow(document: 0, offset: 0, text: "abc"), TextWindow(document: 0, offset: 3, text: "def"),
                TextWindow(document: 2, offset: 0, text: "123"),
            ])
    }

    @Test("Length is counted in scalars, also of a line end of two") func scalars() throws {
        let windows = try TextWindows(TextCorpus(documents: [.init(name: "1", text: "a\r\ne\u{301}b")]), length: 2)
        #expect(
            windows.windows.map { Array($0.text.unicodeScalars) } == [["a", "\r"], ["\n", "e"], ["\u{301}", "b"]])
    }

    @Test("No window at all is an error", arguments: [0, 4]) func none(_ length: Int) throws {
        try expectError("\(length) characters", "1 shorter") {
            try TextWindows(TextCorpus(documents: [.init(name: "1", text: "abc")]), length: length)
        }
    }
}
