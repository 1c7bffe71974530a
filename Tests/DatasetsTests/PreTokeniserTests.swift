import TestSupport
import Testing

@testable import Datasets

@Suite struct PreTokeniserTests {
    private func pieces(_ bytes: [UInt8]) -> [[UInt8]] {
        var (pieces, start): ([[UInt8]], Int) = ([], 0)
        while start < bytes.count {
            let end = PreTokeniser.end(bytes, from: start)
            pieces.append(Array(bytes[start..<end]))
            start = end
        }
        return pieces
    }

    @Test(
        "Letters and punctuation take the space before them, digits stand alone, white space stays together",
        arguments: [
            ("We the people", "We| the| people"), ("  a", " | a"), ("a \n b", "a| \n| b"), ("x\n\ny", "x|\n\n|y"),
            ("in 1945, and", "in| |1|9|4|5|,| and"), ("12a3", "1|2|a|3"), ("so -- \"what?\"", "so| --| \"|what|?\""),
            ("don't 'tis", "don|'t| '|tis"), ("end.  ", "end|.|  "), ("$ 5", "$| |5"), ("'", "'"), (" ", " "), ("", ""),
            ("naïve \u{201C}été\u{201D}", "naïve| \u{201C}|été|\u{201D}"), ("x\u{A0}y °", "x|\u{A0}|y| °"),
            ("дуже добре", "дуже| добре"),
        ])
    func pieces(_ text: String, _ expected: String) {
        #expect(pieces(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }.joined(separator: "|") == expected)
    }

    @Test(
        "A long run is cut where characters of two, three and four bytes end",
        arguments: ["a", "é", "界", "🜁", "!", " "])
    func longRuns(_ character: String) {
        let found = pieces(Array(String(repeating: character, count: 200).utf8))
        #expect(found.count > 3 && found.allSatisfy { $0.count <= PreTokeniser.longestPiece })
        #expect(found.allSatisfy { String(validating: $0, as: UTF8.self) != nil })
    }

    @Test("Any bytes are cut into pieces that join to them; digits stand alone even in broken UTF-8")
    func anyBytes() {
        var random = SplitMix64(seed: 11)
        for _ in 0..<300 {
            // Bytes that begin characters, and what may follow them, come often.
            let alphabet: [UInt8] = [0xC2, 0xE2, 0x80, 0x81, 0x99, 0x20, 0x27, 0x31, 0x41, 0x0A]
            let bytes = (0..<64).map { _ in
                Bool.random(using: &random) ? alphabet[Int.random(in: 0..<10, using: &random)] : random.byte()
            }
            let found = pieces(bytes)
            #expect(Array(found.joined()) == bytes)
            #expect(found.allSatisfy { $0.count <= PreTokeniser.longestPiece })
            #expect(found.allSatisfy { piece in piece.count == 1 || !piece.contains { (48...57).contains($0) } })
        }
    }
}
