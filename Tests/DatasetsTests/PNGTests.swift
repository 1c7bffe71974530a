import Testing

@testable import Datasets

@Suite struct PNGTests {
    /// What Pillow computed from the RGB pixels of `Foreign.rgb`.
    private let luma: [UInt8] = [
        12, 26, 46, 50, 67, 24, 32, 81, 110, 56, 98, 70, 143, 197, 92, 104, 123, 211, 182, 95, 16, 26, 41, 46, 59,
        127, 135, 184, 62, 159,
    ]

    private func chunk(_ kind: String, _ content: [UInt8]) -> [UInt8] {
        func word(_ number: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }
        let body = Array(kind.utf8) + content
        return word(content.count) + body + word(Int(Deflate.crc32(body)))
    }

    private func file(_ header: [UInt8], _ rows: [UInt8]) -> [UInt8] {
        [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10] + chunk("IHDR", header) + chunk("tEXt", [65, 0, 66])
            + chunk("IDAT", Deflate.deflate(rows, wrapping: .zlib)) + chunk("IEND", [])
    }

    @Test("What was encoded is decoded again") func roundTrip() throws {
        let image = GrayImage(width: 5, height: 3, pixels: (0..<15).map { UInt8($0 * 17) })
        #expect(try PNG.decode(PNG.encode(image), path: "p") == image)
    }

    @Test("Pillow's grey, RGB and RGBA images are decoded") func foreign() throws {
        let gray: [UInt8] = (0..<35).map { (index: Int) -> UInt8 in
            let (x, y) = (index % 7, index / 7)
            return UInt8(truncatingIfNeeded: x * 37 + y * 91 + x * y)
        }
        #expect(try PNG.decode(Foreign.gray, path: "p") == GrayImage(width: 7, height: 5, pixels: gray))
        #expect(try PNG.decode(Foreign.rgb, path: "p") == GrayImage(width: 5, height: 6, pixels: luma))
        #expect(try PNG.decode(Foreign.rgba, path: "p") == GrayImage(width: 5, height: 6, pixels: luma))
    }

    @Test("Every row filter is undone", arguments: 0...4 as ClosedRange<UInt8>) func filters(_ filter: UInt8) throws {
        let (width, height) = (6, 5)
        let pixels = (0..<30).map { UInt8(truncatingIfNeeded: $0 * $0 * 7 + 200) }
        var rows: [UInt8] = []
        for y in 0..<height {
            rows.append(filter)
            for x in 0..<width {
                let left = x > 0 ? Int(pixels[y * width + x - 1]) : 0
                let above = y > 0 ? Int(pixels[(y - 1) * width + x]) : 0
                let corner = x > 0 && y > 0 ? Int(pixels[(y - 1) * width + x - 1]) : 0
                let estimate = left + above - corner
                let nearest = [left, above, corner].min { abs(estimate - $0) < abs(estimate - $1) } ?? 0
                let predicted = [0, left, above, (left + above) / 2, nearest][Int(filter)]
                rows.append(pixels[y * width + x] &- UInt8(predicted))
            }
        }
        let decoded = try PNG.decode(file([0, 0, 0, 6, 0, 0, 0, 5, 8, 0, 0, 0, 0], rows), path: "p")
        #expect(decoded.pixels == pixels)
    }

    @Test("Damaged files are errors with their path") func corrupt() throws {
        var flipped = Foreign.rgb
        flipped[60] ^= 1
        try expectError("here", "IDAT with its own CRC") { try PNG.decode(flipped, path: "here") }
        try expectError("here", "more bytes") { try PNG.decode(Foreign.rgb.dropLast(20), path: "here") }
        try expectError("here", "another signature") { try PNG.decode([1, 2, 3], path: "here") }
        let header: [UInt8] = [0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0]
        try expectError("6 bytes of rows", "5") { try PNG.decode(file(header, [0, 1, 2, 0, 1]), path: "here") }
        try expectError("promised 6 bytes") { try PNG.decode(file(header, [0, 1, 2, 0, 1, 2, 3]), path: "here") }
        try expectError("row filter", "found 5") { try PNG.decode(file(header, [5, 1, 2, 0, 1, 2]), path: "here") }
    }

    @Test("Palettes, 16 bits and interlacing are refused by name", arguments: [(3, 8, 0), (0, 16, 0), (0, 8, 1)])
    func unsupported(_ type: UInt8, _ bits: UInt8, _ interlacing: UInt8) throws {
        let bytes = file([0, 0, 0, 1, 0, 0, 0, 1, bits, type, 0, 0, interlacing], [0, 0])
        try expectError("\(bits) bits, colour type \(type), interlacing \(interlacing)") {
            try PNG.decode(bytes, path: "here")
        }
    }
}
