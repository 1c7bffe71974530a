import Foundation

/// Reads numbers and pieces from bytes in order; running off the end is an error that names the file.
struct ByteReader {
    let bytes: [UInt8]
    let path: String
    private(set) var position: Int

    init(_ bytes: [UInt8], path: String, position: Int = 0) {
        (self.bytes, self.path, self.position) = (bytes, path, position)
    }

    /// Reads a whole file.
    init(contentsOf file: URL) throws {
        do {
            self.init([UInt8](try Data(contentsOf: file)), path: file.path)
        } catch {
            throw DatasetError.unreadable(path: file.path, reason: error.localizedDescription)
        }
    }

    var remaining: Int { bytes.count - position }

    mutating func take(_ count: Int) throws -> [UInt8] {
        guard count >= 0, count <= remaining else {
            throw malformed("\(count) more bytes at byte \(position)", "\(remaining)")
        }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    mutating func bigEndian32() throws -> UInt32 {
        try take(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func littleEndian<Number: FixedWidthInteger>(_: Number.Type) throws -> Number {
        try take(Number.bitWidth / 8).reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }

    func malformed(_ expected: String, _ found: String) -> DatasetError {
        .malformed(path: path, expected: expected, found: found)
    }
}
