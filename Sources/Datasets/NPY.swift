public import Foundation

/// NumPy's format for one array: little-endian, C order, `u1`, `b1`, `i4`, `i8`, `f4` or `f8`.
public enum NPY {
    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    private static let sizes = ["|u1": 1, "|b1": 1, "<i4": 4, "<i8": 8, "<f4": 4, "<f8": 8]

    /// Reads a `.npy` file; the array is named after the file.
    ///
    /// - Throws: `DatasetError` when the file is missing, damaged, or of another type or order.
    public static func array(at file: URL) throws -> NamedArray {
        let reader = try ByteReader(contentsOf: file)
        return try decode(reader.bytes, name: file.deletingPathExtension().lastPathComponent, path: file.path)
    }

    static func decode(_ bytes: [UInt8], name: String, path: String) throws -> NamedArray {
        var reader = ByteReader(bytes, path: path)
        guard bytes.starts(with: magic) else { throw reader.malformed("a NumPy array", "another signature") }
        let major = try reader.take(magic.count + 2)[magic.count]
        guard (1...3).contains(major) else { throw reader.malformed("NumPy format 1, 2 or 3", "\(major)") }
        let length = major == 1 ? Int(try reader.littleEndian(UInt16.self)) : Int(try reader.littleEndian(UInt32.self))
        let header = String(decoding: try reader.take(length), as: UTF8.self)
        let type = try field("descr", of: header, reader).trimmingCharacters(in: CharacterSet(charactersIn: "'\" "))
        guard let size = sizes[type] else {
            throw reader.malformed("the element type u1, b1, i4, i8, f4 or f8, little-endian", "'\(type)'")
        }
        guard try field("fortran_order", of: header, reader) == "False" else {
            throw reader.malformed("rows first (C order)", "columns first (Fortran order)")
        }
        let shape = try shape(of: header, reader)
        let (count, overflow) = shape.reduce((1, false)) { product, next in
            let result = product.0.multipliedReportingOverflow(by: next)
            return (result.partialValue, product.1 || result.overflow)
        }
        guard !overflow, count <= reader.remaining / size, count * size == reader.remaining else {
            throw reader.malformed("the elements of \(shape), \(size) bytes each", "\(reader.remaining) bytes")
        }
        return NamedArray(name: name, shape: shape, values: try values(type, count, &reader))
    }

    private static func values(_ type: String, _ count: Int, _ reader: inout ByteReader) throws -> NamedArray.Values {
        switch type {
        case "<i4": .int32(try numbers(count, UInt32.self, &reader).map(Int32.init(bitPattern:)))
        case "<i8": .int64(try numbers(count, UInt64.self, &reader).map(Int64.init(bitPattern:)))
        case "<f4": .float(try numbers(count, UInt32.self, &reader).map(Float.init(bitPattern:)))
        case "<f8": .double(try numbers(count, UInt64.self, &reader).map(Double.init(bitPattern:)))
        default: .uint8(try reader.take(count))
        }
    }

    private static func numbers<Number: FixedWidthInteger>(
        _ count: Int, _: Number.Type, _ reader: inout ByteReader
    ) throws -> [Number] {
        let width = Number.bitWidth / 8
        let bytes = try reader.take(count * width)
        return (0..<count).map { index in
            (0..<width).reduce(0) { $0 | Number(truncatingIfNeeded: bytes[index * width + $1]) << (8 * $1) }
        }
    }

    /// Returns the text after `'key':` up to the next comma outside parentheses.
    private static func field(_ key: String, of header: String, _ reader: ByteReader) throws -> String {
        guard let start = header.range(of: "'\(key)':") else {
            throw reader.malformed("a header with '\(key)'", String(header.prefix(60)))
        }
        var depth = 0
        let text = header[start.upperBound...].prefix { character in
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            return (character != "," && character != "}") || depth > 0
        }
        return text.trimmingCharacters(in: .whitespaces)
    }

    private static func shape(of header: String, _ reader: ByteReader) throws -> [Int] {
        let text = try field("shape", of: header, reader)
        let parts = text.trimmingCharacters(in: CharacterSet(charactersIn: "()")).split(separator: ",")
        return try parts.map { part in
            guard let size = Int(part.trimmingCharacters(in: .whitespaces)), size >= 0 else {
                throw reader.malformed("a shape of whole numbers", text)
            }
            return size
        }
    }
}
