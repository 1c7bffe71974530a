import Testing

@testable import Datasets

@Suite struct DeflateTests {
    private let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 5) }

    @Test("What was compressed is inflated again, longer than one buffer", arguments: [-15, 15, 31] as [Int32])
    func roundTrip(_ bits: Int32) throws {
        let wrapping = try #require(Deflate.Wrapping(rawValue: bits))
        let packed = Deflate.deflate(bytes, wrapping: wrapping)
        #expect(packed.count < bytes.count)
        #expect(try Deflate.inflate(packed, wrapping: wrapping, path: "p") == bytes)
        #expect(try Deflate.inflate(Deflate.deflate([], wrapping: wrapping), wrapping: wrapping, path: "p") == [])
    }

    @Test("A gzip file may have several members") func members() throws {
        let one = Deflate.deflate([1, 2], wrapping: .gzip)
        #expect(try Deflate.gunzip(one + one, path: "p") == [1, 2, 1, 2])
    }

    @Test("A cut, a flipped bit, trailing bytes and a bomb are errors with the path") func damage() throws {
        let packed = Deflate.deflate(bytes, wrapping: .zlib)
        var flipped = packed
        flipped[packed.count / 2] ^= 0x10
        try expectError("here", "an end in the middle") {
            try Deflate.inflate(Array(packed.dropLast(9)), wrapping: .zlib, path: "here")
        }
        try expectError("here", "damaged") { try Deflate.inflate(flipped, wrapping: .zlib, path: "here") }
        try expectError("here", "1 bytes after its end") {
            try Deflate.inflate(packed + [0], wrapping: .zlib, path: "here")
        }
        try expectError("here", "more than the promised 1000 bytes") {
            try Deflate.inflate(packed, wrapping: .zlib, limit: 1000, path: "here")
        }
        try expectError("here") { try Deflate.gunzip([0x1f, 0x8b, 8], path: "here") }
        try expectError("here") { try Deflate.gunzip([], path: "here") }
    }

    @Test("The check value of CRC-32") func crc() { #expect(Deflate.crc32(Array("123456789".utf8)) == 0xcbf4_3926) }
}
