import Testing

@testable import Datasets

@Suite struct TextNormaliserTests {
    @Test("Typography becomes ASCII") func typography() {
        #expect(TextNormaliser.normalised("“It’s”—½ naïve…\u{00A0}–") == "\"It's\"--1/2 naive... -")
    }

    @Test("Line ends become line feeds") func lines() {
        #expect(TextNormaliser.normalised("a\r\nb\rc\n\nd\r\n\r\n") == "a\nb\nc\n\nd\n\n")
    }

    @Test("What has no ASCII form becomes one unknown symbol") func unknown() {
        #expect(TextNormaliser.normalised("£5 Ω") == "\u{FFFD}5 \u{FFFD}")
    }

    @Test("Printable ASCII is left alone") func identity() {
        let ascii = String(String.UnicodeScalarView((32..<127).map { Unicode.Scalar($0) }))
        #expect(TextNormaliser.normalised(ascii) == ascii)
    }
}
