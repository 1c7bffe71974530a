/// PNG images: reads 8-bit grey and true colour, with or without alpha; writes 8-bit grey.
public enum PNG {
    private static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    private static let channels: [UInt8: Int] = [0: 1, 2: 3, 4: 2, 6: 4]

    private struct Header {
        var width: Int
        var height: Int
        var channels: Int
        var stride: Int { width * channels }
    }

    /// Returns the image as the bytes of a PNG file, 8 bits grey.
    public static func encode(_ image: GrayImage) -> [UInt8] {
        precondition(image.width > 0 && image.height > 0, "an empty image has no PNG")
        let size = bigEndian(image.width) + bigEndian(image.height)
        let rows = (0..<image.height).flatMap { [0] + image.pixels[$0 * image.width..<($0 + 1) * image.width] }
        return signature + chunk("IHDR", size + [8, 0, 0, 0, 0])
            + chunk("IDAT", Deflate.deflate(rows, wrapping: .zlib)) + chunk("IEND", [])
    }

    /// Returns the image of a PNG file in grey, by the luma of BT.601; alpha is ignored.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - path: where they come from, for the error.
    /// - Returns: the image.
    /// - Throws: `DatasetError.malformed` for damaged files, palettes, other depths than 8, and interlacing.
    public static func decode(_ bytes: [UInt8], path: String) throws -> GrayImage {
        var reader = ByteReader(bytes, path: path)
        guard bytes.starts(with: signature) else { throw reader.malformed("a PNG file", "another signature") }
        _ = try reader.take(signature.count)
        let header = try header(&reader)
        var packed: [UInt8] = []
        while true {
            let (kind, content) = try chunk(&reader)
            if kind == "IDAT" { packed += content }
            if kind == "IEND" { break }
        }
        let size = header.height * (header.stride + 1)
        let rows = try Deflate.inflate(packed, wrapping: .zlib, limit: size, path: path)
        guard rows.count == size else { throw reader.malformed("\(size) bytes of rows", "\(rows.count)") }
        let samples = try unfiltered(rows, header, reader)
        return GrayImage(width: header.width, height: header.height, channels: header.channels, samples: samples)
    }

    private static func header(_ reader: inout ByteReader) throws -> Header {
        let (kind, content) = try chunk(&reader)
        guard kind == "IHDR", content.count == 13 else { throw reader.malformed("a PNG header", kind) }
        var fields = ByteReader(content, path: reader.path)
        let (width, height) = (Int(try fields.bigEndian32()), Int(try fields.bigEndian32()))
        guard width > 0, height > 0, width < 1 << 15, height < 1 << 15 else {
            throw reader.malformed("an image of at most 32767x32767", "\(width)x\(height)")
        }
        guard content[8] == 8, let channels = channels[content[9]], content[12] == 0 else {
            throw reader.malformed(
                "8 bits, grey or true colour, not interlaced",
                "\(content[8]) bits, colour type \(content[9]), interlacing \(content[12])")
        }
        return Header(width: width, height: height, channels: channels)
    }

    private static func chunk(_ reader: inout ByteReader) throws -> (kind: String, content: [UInt8]) {
        let length = Int(try reader.bigEndian32())
        let kind = try reader.take(4)
        let content = try reader.take(length)
        let name = String(decoding: kind, as: UTF8.self)
        guard try reader.bigEndian32() == Deflate.crc32(kind + content) else {
            throw reader.malformed("a chunk \(name) with its own CRC", "another CRC")
        }
        return (name, content)
    }

    private static func chunk(_ kind: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(kind.utf8) + content
        return bigEndian(content.count) + body + bigEndian(Int(Deflate.crc32(body)))
    }

    private static func bigEndian(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    /// Undoes the prediction of each row from its neighbours.
    private static func unfiltered(_ rows: [UInt8], _ header: Header, _ reader: ByteReader) throws -> [UInt8] {
        let (stride, step) = (header.stride, header.channels)
        var samples = [UInt8](repeating: 0, count: header.height * stride)
        for row in 0..<header.height {
            let (source, target) = (row * (stride + 1) + 1, row * stride)
            let filter = rows[source - 1]
            guard filter <= 4 else { throw reader.malformed("a row filter of at most 4", "\(filter)") }
            for column in 0..<stride {
                let left = column >= step ? samples[target + column - step] : 0
                let above = row > 0 ? samples[target + column - stride] : 0
                let corner = row > 0 && column >= step ? samples[target + column - stride - step] : 0
                let predicted = prediction(filter, left, above, corner)
                samples[target + column] = rows[source + column] &+ predicted
            }
        }
        return samples
    }

    private static func prediction(_ filter: UInt8, _ left: UInt8, _ above: UInt8, _ corner: UInt8) -> UInt8 {
        switch filter {
        case 0: return 0
        case 1: return left
        case 2: return above
        case 3: return UInt8((Int(left) + Int(above)) / 2)
        default:
            let estimate = Int(left) + Int(above) - Int(corner)
            let (toLeft, toAbove) = (abs(estimate - Int(left)), abs(estimate - Int(above)))
            let toCorner = abs(estimate - Int(corner))
            if toLeft <= toAbove, toLeft <= toCorner { return left }
            return toAbove <= toCorner ? above : corner
        }
    }
}
