import Foundation
import Testing

@testable import Datasets

@Suite struct TokeniserTests {
    private static let corpus = TextCorpus(documents: [.init(name: "1", text: "the theme of the day: 1 \u{2014} 2")])

    private static func both() throws -> [Tokeniser] {
        [
            .characters(try CharacterTokeniser(corpus: corpus.normalised())),
            .bytePairs(try BytePairTokeniser(corpus: corpus, merges: 4)),
        ]
    }

    @Test("Characters are those of normalised text, byte pairs keep text as it is") func text() throws {
        let text = "they \u{2014} 12"
        let decoded = try Self.both().map { try $0.decode($0.encode(text)) }
        #expect(decoded == ["they -- 12", text])
        #expect(try Self.both().map(\.unit) == ["character", "token"])
    }

    @Test("Many texts are encoded as each alone, with tokens below the count") func many() throws {
        let texts = ["the day", "", "the", "12 the"]
        for tokeniser in try Self.both() {
            let tokens = tokeniser.encode(texts)
            #expect(tokens == texts.map { tokeniser.encode($0) })
            #expect(tokens.joined().allSatisfy { (0..<Int32(tokeniser.count)).contains($0) })
            #expect(throws: DatasetError.self) { try tokeniser.decode([Int32(tokeniser.count)]) }
        }
    }

    @Test("Each survives JSON as what it is; characters alone are a text, as ever") func json() throws {
        for tokeniser in try Self.both() {
            #expect(try JSONDecoder().decode(Tokeniser.self, from: JSONEncoder().encode(tokeniser)) == tokeniser)
        }
        #expect(try JSONDecoder().decode(Tokeniser.self, from: Data(#""ab""#.utf8)).count == 3)
    }

    @Test("What is neither is refused", arguments: [#""ba""#, "{}", "[]", #"{"merges":["ab c"]}"#, "null"])
    func damaged(_ json: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Tokeniser.self, from: Data(json.utf8)) }
    }
}
