import Testing

@testable import Datasets

@Suite("Text corpus")
struct TextCorpusTests {
    @Test(
        "A document's author is its outermost folder, or follows the year in its name",
        arguments: [
            ("1790-Washington-1.txt", "Washington"), ("1861-Lincoln.txt", "Lincoln"), ("ann/2020-Bob-1.txt", "ann"),
            ("ann/letters/1.txt", "ann"), ("Washington-1790.txt", nil), ("1790.txt", nil), ("notes.txt", nil),
            ("17901-Washington.txt", nil),
        ] as [(String, String?)])
    func author(_ name: String, _ expected: String?) {
        #expect(TextCorpus.Document(name: name, text: "").author == expected)
    }
}
