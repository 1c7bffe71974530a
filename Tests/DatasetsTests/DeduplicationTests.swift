import Datasets
import Testing

@Suite("Deduplication")
struct DeduplicationTests {
    @Test("a text that repeats a long span of one before it is dropped, a shorter span is not enough")
    func repeatedSpans() {
        let texts: [[Int32]] = [[1, 2, 3, 4, 5], [9, 2, 3, 4, 9], [9, 9, 3, 4, 8]]
        #expect(Deduplication(texts, span: 3).kept == [0, 2])
        #expect(Deduplication(texts, span: 4).kept == [0, 1, 2])
        #expect(Deduplication(texts, span: 2).kept == [0])
    }

    @Test("what a dropped text says besides does not count against others")
    func droppedTexts() {
        let texts: [[Int32]] = [[1, 2, 3], [1, 2, 3, 7, 8, 9], [7, 8, 9]]
        #expect(Deduplication(texts, span: 3).kept == [0, 2])
    }

    @Test("a span that a text repeats within itself is no duplicate")
    func ownRepetitions() {
        #expect(Deduplication([[5, 5, 5, 5, 5, 5]], span: 2).kept == [0])
    }

    @Test("texts that are shorter than a span are kept")
    func shortTexts() {
        #expect(Deduplication([[1, 2], [1, 2], []], span: 3).kept == [0, 1, 2])
    }
}
