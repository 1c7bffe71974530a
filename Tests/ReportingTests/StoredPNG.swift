import Foundation

/// The smallest honest PNG: grey, eight bits, deflate blocks that are stored and not compressed.
enum StoredPNG {
    static func encode(_ pixels: [UInt8], _ width: Int, _ height: Int) -> Data {
        let lines = (0..<height).flatMap { [0] + pixels[($0 * width)..<(($0 + 1) * width)] }
        let header = bigEndian(width) + bigEndian(height) + [8, 0, 0, 0, 0]
        let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
        return Data(signature + chunk("IHDR", header) + chunk("IDAT", zlib(lines)) + chunk("IEND", []))
    }

    private static func zlib(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        for start in stride(from: 0, to: bytes.count, by: 65535) {
            let end = min(bytes.count, start + 65535)
            let count = UInt16(end - start)
            stream.append(end == bytes.count ? 1 : 0)
            stream += [count, ~count].flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
            stream += bytes[start..<end]
        }
        var (a, b) = (1, 0)
        for byte in bytes {
            a = (a + Int(byte)) % 65521
            b = (b + a) % 65521
        }
        return stream + bigEndian(b << 16 | a)
    }

    private static func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
        let content = Array(type.utf8) + body
        return bigEndian(body.count) + content + bigEndian(Int(checksum(content)))
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 {
                crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1
            }
        }
        return ~crc
    }

    private static func bigEndian(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
