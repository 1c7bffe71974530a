/// Reads the members of a zip archive under 4 GiB, stored or deflated, and checks their CRC.
struct ZipArchive {
    private struct Member {
        var name: String
        var method: UInt16
        var crc: UInt32
        var packedSize: Int
        var size: Int
        var offset: Int
    }

    private static let endSignature: [UInt8] = [0x50, 0x4b, 5, 6]
    private static let (memberSignature, localSignature): (UInt32, UInt32) = (0x0201_4b50, 0x0403_4b50)
    private let reader: ByteReader
    private let members: [Member]

    init(_ reader: ByteReader) throws {
        var end = ByteReader(reader.bytes, path: reader.path, position: try ZipArchive.end(of: reader) + 10)
        let count = Int(try end.littleEndian(UInt16.self))
        _ = try end.take(4)
        let start = Int(try end.littleEndian(UInt32.self))
        guard start <= reader.bytes.count else {
            throw reader.malformed("a zip directory inside the file", "one at byte \(start)")
        }
        var directory = ByteReader(reader.bytes, path: reader.path, position: start)
        var found: [Member] = []
        for _ in 0..<count { found.append(try ZipArchive.member(&directory)) }
        (self.reader, self.members) = (reader, found)
    }

    /// The members' names, in the archive's order.
    var names: [String] { members.map(\.name) }

    /// Returns the bytes of each member, in the archive's order.
    func contents() throws -> [(name: String, bytes: [UInt8])] {
        try members.map { ($0.name, try bytes(of: $0)) }
    }

    private func bytes(of member: Member) throws -> [UInt8] {
        guard member.offset <= reader.bytes.count else {
            throw reader.malformed("the member \(member.name) inside the file", "one at byte \(member.offset)")
        }
        var local = ByteReader(reader.bytes, path: reader.path, position: member.offset)
        guard try local.littleEndian(UInt32.self) == ZipArchive.localSignature else {
            throw reader.malformed("the member \(member.name) at byte \(member.offset)", "something else")
        }
        _ = try local.take(22)
        let (name, extra) = (Int(try local.littleEndian(UInt16.self)), Int(try local.littleEndian(UInt16.self)))
        _ = try local.take(name + extra)
        let packed = try local.take(member.packedSize)
        let path = "\(reader.path):\(member.name)"
        let bytes: [UInt8]
        switch member.method {
        case 0: bytes = packed
        case 8: bytes = try Deflate.inflate(packed, wrapping: .raw, limit: member.size, path: path)
        default: throw reader.malformed("a stored or deflated \(member.name)", "compression method \(member.method)")
        }
        guard bytes.count == member.size, Deflate.crc32(bytes) == member.crc else {
            throw DatasetError.malformed(path: path, expected: "its own CRC", found: "another CRC")
        }
        return bytes
    }

    private static func end(of reader: ByteReader) throws -> Int {
        let bytes = reader.bytes
        let last = bytes.count - 22
        guard last >= 0 else { throw reader.malformed("a zip archive", "\(bytes.count) bytes") }
        for position in stride(from: last, through: max(0, last - 65535), by: -1)
        where bytes[position..<position + 4].elementsEqual(endSignature) {
            return position
        }
        throw reader.malformed("a complete zip archive", "no directory at its end")
    }

    private static func member(_ reader: inout ByteReader) throws -> Member {
        guard try reader.littleEndian(UInt32.self) == memberSignature else {
            throw reader.malformed("a zip directory's entry", "something else")
        }
        _ = try reader.take(6)
        let method = try reader.littleEndian(UInt16.self)
        _ = try reader.take(4)
        let crc = try reader.littleEndian(UInt32.self)
        let (packedSize, size) = (try reader.littleEndian(UInt32.self), try reader.littleEndian(UInt32.self))
        let name = Int(try reader.littleEndian(UInt16.self))
        let rest = Int(try reader.littleEndian(UInt16.self)) + Int(try reader.littleEndian(UInt16.self))
        _ = try reader.take(8)
        let offset = try reader.littleEndian(UInt32.self)
        guard ![packedSize, size, offset].contains(UInt32.max) else {
            throw reader.malformed("an archive under 4 GiB", "a larger one (zip64)")
        }
        let title = String(decoding: try reader.take(name), as: UTF8.self)
        _ = try reader.take(rest)
        return Member(
            name: title, method: method, crc: crc, packedSize: Int(packedSize), size: Int(size), offset: Int(offset))
    }
}
