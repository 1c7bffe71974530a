import Foundation
import Testing

@testable import Datasets

@Suite struct TextFolderTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    @Test("All .txt files, sub-folders included, in the order of their paths") func folder() throws {
        _ = try scratch.file("b.txt", "two".utf8)
        _ = try scratch.file("a/z.txt", "one".utf8)
        _ = try scratch.file("README.md", "no".utf8)
        let corpus = try TextFolder.corpus(at: scratch.url)
        #expect(corpus.documents == [.init(name: "a/z.txt", text: "one"), .init(name: "b.txt", text: "two")])
    }

    @Test("A single file; its byte-order mark is dropped") func file() throws {
        let corpus = try TextFolder.corpus(at: scratch.file("a.txt", "\u{FEFF}é\n".utf8))
        #expect(corpus.documents == [.init(name: "a.txt", text: "é\n")])
    }

    @Test("A gzipped file is its text, and damage to it an error with the path") func gzip() throws {
        let packed = Deflate.deflate(Array("é\n".utf8), wrapping: .gzip)
        let corpus = try TextFolder.corpus(at: scratch.file("a.txt.gz", packed))
        #expect(corpus.documents == [.init(name: "a.txt.gz", text: "é\n")])
        try expectError("b.txt.gz", "an end in the middle") {
            try TextFolder.corpus(at: scratch.file("b.txt.gz", packed.dropLast(3)))
        }
    }

    @Test("Other bytes and no text are errors with the path") func corrupt() throws {
        try expectError("0 files without any") { try TextFolder.corpus(at: scratch.url) }
        _ = try scratch.file("a.txt", [])
        try expectError("1 files without any") { try TextFolder.corpus(at: scratch.url) }
        _ = try scratch.file("b.txt", [0x61, 0xe2, 0x80])
        try expectError("b.txt", "UTF-8") { try TextFolder.corpus(at: scratch.url) }
        try expectError("absent") { try TextFolder.corpus(at: scratch.url.appending(path: "absent")) }
    }
}
