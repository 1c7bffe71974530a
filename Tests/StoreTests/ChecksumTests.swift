import Foundation
import Testing

@testable import Store

@Suite struct ChecksumTests {
    @Test("Known answers of FIPS 180-4") func knownAnswers() {
        #expect(Checksum.of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(Checksum.of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("A million letters, from memory and from a file read in pieces")
    func millionLetters() throws {
        let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        let data = Data(repeating: UInt8(ascii: "a"), count: 1_000_000)
        let scratch = try Scratch()
        let file = scratch.url.appending(path: "a")
        #expect(Checksum.of(data) == expected)
        try data.write(to: file)
        #expect(try Checksum.of(contentsOf: file) == expected)
    }

    @Test("A file longer than one piece hashes as its bytes do") func severalPieces() throws {
        let data = Data((0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
        let scratch = try Scratch()
        let file = scratch.url.appending(path: "b")
        try data.write(to: file)
        #expect(try Checksum.of(contentsOf: file) == Checksum.of(data))
    }

    @Test("A slice hashes as its own bytes, not as its owner's") func slice() {
        #expect(Checksum.of(Data("xabcx".utf8)[1..<4]) == Checksum.of("abc"))
    }

    @Test("A missing file is a one-line error with its path") func missing() throws {
        let file = URL(filePath: "/nonexistent/file")
        let error = try #require(throws: StoreError.self) { try Checksum.of(contentsOf: file) }
        #expect(error == .readFailed(path: "/nonexistent/file", reason: "No such file or directory"))
        #expect(!error.description.contains("\n"))
    }
}
