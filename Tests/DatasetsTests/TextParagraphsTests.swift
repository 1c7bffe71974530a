import Foundation
import Testing

@testable import Datasets

@Suite struct TextParagraphsTests {
    private static let corpus = TextCorpus(documents: [
        .init(name: "1790-Adams-1.txt", text: "Short.\n\nabc abc  abc\n \t\nabc\tabc\nabc\n\n\nfour words go here"),
        .init(name: "other/1801-Jefferson-2.txt", text: "\r\nabc abc abc\r\n\r\nxxxxxxxxxxxxxxxxx\r\n"),
        .init(name: "undated.txt", text: "a sentence of no year"),
    ])

    private func paragraphs(_ length: Int) throws -> TextParagraphs {
        let tokeniser = Tokeniser.characters(try CharacterTokeniser(corpus: Self.corpus.normalised()))
        return try TextParagraphs(Self.corpus, length: length, minimum: 11, by: tokeniser)
    }

    @Test("Blank lines separate paragraphs, whatever ends a line; white space inside counts once")
    func split() {
        #expect(
            TextParagraphs.split(Self.corpus.documents[0].text) == [
                "Short.", "abc abc abc", "abc abc abc", "four words go here",
            ])
        #expect(
            TextParagraphs.split(Self.corpus.documents[1].text) == ["abc abc abc", "xxxxxxxxxxxxxxxxx"])
        #expect(TextParagraphs.split("\n \n").isEmpty)
    }

    @Test("Of equal paragraphs the first is kept, in whatever document the others are")
    func duplicates() throws {
        let found = try paragraphs(11)
        #expect(
            found.paragraphs.map(\.text) == [
                "abc abc abc", "four words go here", "xxxxxxxxxxxxxxxxx", "a sentence of no year",
            ])
        #expect(found.duplicateCount == 2 && found.shortCount == 1 && found.skippedCount == 0)
    }

    @Test("A window is exactly the paragraph's beginning, and shorter paragraphs are skipped and counted")
    func windows() throws {
        let tokeniser = Tokeniser.characters(try CharacterTokeniser(corpus: Self.corpus.normalised()))
        let found = try paragraphs(17)
        #expect(
            try found.paragraphs.map { try tokeniser.decode($0.tokens) } == [
                "four words go her", "xxxxxxxxxxxxxxxxx", "a sentence of no ",
            ])
        #expect(found.skippedCount == 1 && found.length == 17)
    }

    @Test("Each paragraph has the year of its document, none where the name has none")
    func years() throws {
        let found = try paragraphs(11).paragraphs
        #expect(found.map(\.year) == [1790, 1790, 1801, nil])
        #expect(found.map(\.document) == [0, 0, 1, 2])
        #expect(["17901-a.txt", "790-a.txt", "a-1790.txt", ""].allSatisfy { TextParagraphs.year($0) == nil })
    }

    @Test("No paragraph that is long enough is an error", arguments: [0, 40])
    func none(_ length: Int) throws {
        try expectError("paragraphs of \(length) characters", "4 paragraphs") { try paragraphs(length) }
    }

    @Test("The committed excerpt: a thousand different paragraphs from 1790 to 2020")
    func excerpt() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../datasets/sotu-excerpt").standardizedFileURL
        let corpus = try TextFolder.corpus(at: folder)
        let tokeniser = Tokeniser.characters(try CharacterTokeniser(corpus: corpus.normalised()))
        let found = try TextParagraphs(corpus, length: 128, by: tokeniser)
        #expect(found.paragraphs.count > 1000)
        #expect(Set(found.paragraphs.map(\.text)).count == found.paragraphs.count)
        #expect(found.paragraphs.allSatisfy { $0.text.count >= 200 && $0.tokens.count == 128 })
        #expect(found.paragraphs.compactMap(\.year).min() == 1790 && found.paragraphs.last?.year == 2020)
    }
}
