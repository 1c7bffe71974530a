/// Binary portable grey maps (P5) and pixel maps (P6) with at most 8 bits per sample.
enum PNM {
    /// Returns the image in grey, by the luma of BT.601.
    static func decode(_ bytes: [UInt8], path: String) throws -> GrayImage {
        var reader = ByteReader(bytes, path: path)
        let magic = String(decoding: try reader.take(2), as: UTF8.self)
        guard let channels = ["P5": 1, "P6": 3][magic] else {
            throw reader.malformed("the magic P5 or P6", "'\(magic)'")
        }
        let (width, height) = (try number(&reader, 1..<1 << 15), try number(&reader, 1..<1 << 15))
        let maximum = try number(&reader, 1..<256)
        let samples = try reader.take(width * height * channels)
        guard reader.remaining == 0 else { throw reader.malformed("one image", "\(reader.remaining) more bytes") }
        if let wrong = samples.first(where: { $0 > maximum }) {
            throw reader.malformed("samples of at most \(maximum)", "\(wrong)")
        }
        let scaled = samples.map { UInt8((Int($0) * 255 + maximum / 2) / maximum) }
        return GrayImage(width: width, height: height, channels: channels, samples: scaled)
    }

    /// Reads one number of the header with the spaces and comments before it, and the one space after it.
    private static func number(_ reader: inout ByteReader, _ range: Range<Int>) throws -> Int {
        var byte = try reader.take(1)[0]
        while isSpace(byte) || byte == UInt8(ascii: "#") {
            if byte == UInt8(ascii: "#") {
                while byte != UInt8(ascii: "\n") { byte = try reader.take(1)[0] }
            }
            byte = try reader.take(1)[0]
        }
        var digits: [UInt8] = []
        while !isSpace(byte) {
            digits.append(byte)
            byte = try reader.take(1)[0]
        }
        let text = String(decoding: digits, as: UTF8.self)
        guard let value = Int(text), range.contains(value) else {
            throw reader.malformed("a number in \(range) in the header", "'\(text.prefix(20))'")
        }
        return value
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}
