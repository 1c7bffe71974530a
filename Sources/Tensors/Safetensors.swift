public import Foundation

/// A safetensors file: named arrays with their types, and a map of strings.
///
/// Layout: 8 bytes little-endian header length, a JSON header padded with spaces to 8 bytes, then the raw data. Offsets
/// must tile the data without gap or overlap, as the reference reader demands.
public struct Safetensors: Sendable, Equatable {
    /// What can be wrong with a file.
    public struct Invalid: Error, CustomStringConvertible {
        /// One line: what was expected, what was found.
        public let description: String

        /// Creates the error.
        public init(description: String) { self.description = description }
    }
    /// The type of an array's elements.
    public enum ElementType: String, Sendable {
        /// 32-bit floating point
        case float32 = "F32"
        /// 64-bit floating point
        case float64 = "F64"
        /// 64-bit integer
        case int64 = "I64"
        /// 32-bit integer
        case int32 = "I32"
        /// byte
        case uint8 = "U8"
        /// truth value, one byte
        case bool = "BOOL"

        var size: Int {
            switch self {
            case .float64, .int64: 8
            case .float32, .int32: 4
            case .uint8, .bool: 1
            }
        }
    }
    /// One array.
    public struct Array: Sendable, Equatable {
        /// The type of its elements.
        public let type: ElementType
        /// Its extents.
        public let shape: [Int]
        /// Its bytes, little-endian, row-major; of a file that is mapped into memory they are the file's own.
        public let bytes: Data

        /// The elements, converted to `Double`.
        public var doubles: [Double] {
            switch type {
            case .float32: elements(UInt32.self) { Double(Float(bitPattern: $0)) }
            case .float64: elements(UInt64.self) { Double(bitPattern: $0) }
            case .int64: elements(UInt64.self) { Double(Int64(bitPattern: $0)) }
            case .int32: elements(UInt32.self) { Double(Int32(bitPattern: $0)) }
            case .uint8, .bool: elements(UInt8.self) { Double($0) }
            }
        }

        private func elements<Word: FixedWidthInteger>(_ word: Word.Type, _ convert: (Word) -> Double) -> [Double] {
            var elements = [Double](uninitialised: bytes.count / MemoryLayout<Word>.size)
            unsafe bytes.withUnsafeBytes { raw in
                unsafe elements.withUnsafeMutableBufferPointer { elements in
                    for index in elements.indices {
                        let offset = index * MemoryLayout<Word>.size
                        let word = unsafe raw.loadUnaligned(fromByteOffset: offset, as: Word.self)
                        unsafe elements[index] = convert(Word(littleEndian: word))
                    }
                }
            }
            return elements
        }

        /// The elements as a tensor, rounded to `Float`.
        public var tensor: Tensor { Tensor(doubles.map(Float.init), shape: shape) }

        /// Stores single-precision numbers.
        public init(_ tensor: Tensor) {
            type = .float32
            shape = tensor.shape
            bytes = Self.bytes(tensor.values.map { $0.bitPattern.littleEndian })
        }

        /// Stores double-precision numbers.
        public init(_ values: [Double], shape: [Int]) {
            precondition(values.count == shape.reduce(1, *), "\(values.count) values for shape \(shape)")
            type = .float64
            self.shape = shape
            bytes = Self.bytes(values.map { $0.bitPattern.littleEndian })
        }

        private static func bytes<Word: FixedWidthInteger>(_ words: [Word]) -> Data {
            unsafe words.withUnsafeBytes { unsafe Data($0) }
        }

        /// Stores bytes.
        public init(_ values: [UInt8], shape: [Int]) {
            precondition(values.count == shape.reduce(1, *), "\(values.count) values for shape \(shape)")
            (type, self.shape, bytes) = (.uint8, shape, Data(values))
        }

        /// Stores 32-bit integers.
        public init(_ values: [Int32], shape: [Int]) {
            precondition(values.count == shape.reduce(1, *), "\(values.count) values for shape \(shape)")
            (type, self.shape, bytes) = (.int32, shape, Self.bytes(values.map(\.littleEndian)))
        }

        init(type: ElementType, shape: [Int], bytes: Data) {
            (self.type, self.shape, self.bytes) = (type, shape, bytes)
        }
    }

    /// The arrays by name.
    public var arrays: [String: Array]
    /// The header's `__metadata__`.
    public var metadata: [String: String]

    /// Creates a file from its arrays.
    public init(arrays: [String: Array] = [:], metadata: [String: String] = [:]) {
        self.arrays = arrays
        self.metadata = metadata
    }

    /// The array of a name.
    ///
    /// - Throws: `Invalid` when there is none, naming those that there are.
    public func array(_ name: String) throws(Invalid) -> Array {
        guard let array = arrays[name] else {
            throw Invalid(description: "expected an array '\(name)', found only \(arrays.keys.sorted())")
        }
        return array
    }

    private struct Entry: Codable {
        var dtype: String
        var shape: [Int]
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var data_offsets: [Int]
    }

    /// The file's bytes, names in alphabetical order, so that equal contents give equal bytes.
    public func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var parts: [String] = []
        if !metadata.isEmpty {
            parts.append("\"__metadata__\":" + String(decoding: try encoder.encode(metadata), as: UTF8.self))
        }
        var offset = 0
        let names = arrays.keys.sorted()
        for name in names {
            guard let array = arrays[name] else { continue }
            let entry = Entry(
                dtype: array.type.rawValue, shape: array.shape, data_offsets: [offset, offset + array.bytes.count])
            offset += array.bytes.count
            let key = String(decoding: try encoder.encode(name), as: UTF8.self)
            parts.append(key + ":" + String(decoding: try encoder.encode(entry), as: UTF8.self))
        }
        var header = Swift.Array(("{" + parts.joined(separator: ",") + "}").utf8)
        header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
        var data = Data((0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) })
        data.append(contentsOf: header)
        for name in names { data.append(arrays[name]?.bytes ?? Data()) }
        return data
    }

    /// Reads a file's bytes.
    ///
    /// - Throws: `Invalid` when the header, an offset, a type or a size is not what the format demands.
    ///
    /// Nothing is copied: arrays are parts of `data`, so a file of any size is read as far as its elements are.
    public init(decoding data: Data) throws {
        let bytes = data.startIndex == 0 ? data : Data(data)
        guard bytes.count >= 8 else {
            throw Invalid(description: "expected a safetensors header, found \(bytes.count) bytes")
        }
        let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << UInt64(8 * $1) }
        guard length <= UInt64(bytes.count - 8), length < 100_000_000 else {
            throw Invalid(description: "expected a header of \(length) bytes, found a file of \(bytes.count) bytes")
        }
        let start = 8 + Int(length)
        let header: [String: Header]
        do {
            header = try JSONDecoder().decode([String: Header].self, from: bytes[8..<start])
        } catch {
            throw Invalid(description: "expected a safetensors header in JSON, found something else (\(error))")
        }
        (arrays, metadata) = ([:], [:])
        var ranges: [Range<Int>] = []
        for (name, value) in header {
            switch value {
            case .metadata(let strings): metadata = strings
            case .entry(let entry):
                arrays[name] = try Safetensors.array(name, entry, bytes[start...])
                ranges.append(entry.data_offsets[0]..<entry.data_offsets[1])
            }
        }
        var covered = 0
        for range in ranges.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
            guard range.lowerBound == covered else { throw Safetensors.misfit(bytes.count - start, at: covered) }
            covered = range.upperBound
        }
        guard covered == bytes.count - start else { throw Safetensors.misfit(bytes.count - start, at: covered) }
    }

    private static func misfit(_ count: Int, at byte: Int) -> Invalid {
        Invalid(description: "expected arrays that tile \(count) bytes, found a gap or an overlap at byte \(byte)")
    }

    private enum Header: Decodable {
        case metadata([String: String])
        case entry(Entry)

        init(from decoder: any Decoder) throws {
            if decoder.codingPath.last?.stringValue == "__metadata__" {
                self = .metadata(try [String: String](from: decoder))
            } else {
                self = .entry(try Entry(from: decoder))
            }
        }
    }

    private static func array(_ name: String, _ entry: Entry, _ data: Data) throws -> Array {
        guard let type = ElementType(rawValue: entry.dtype) else {
            throw Invalid(description: "array '\(name)': expected F32, F64, I32, I64, U8 or BOOL, found \(entry.dtype)")
        }
        let size = entry.shape.reduce(type.size as Int?) { size, extent in
            guard let (value, overflow) = size?.multipliedReportingOverflow(by: extent), !overflow else { return nil }
            return value
        }
        guard let size, entry.data_offsets.count == 2, entry.shape.allSatisfy({ $0 >= 0 }),
            case (let low, let high) = (entry.data_offsets[0], entry.data_offsets[1]), low >= 0, high >= low,
            high <= data.count, high - low == size
        else {
            throw Invalid(
                description: "array '\(name)': offsets \(entry.data_offsets) do not fit shape \(entry.shape) of "
                    + "\(entry.dtype) in \(data.count) bytes")
        }
        let base = data.startIndex
        return Array(type: type, shape: entry.shape, bytes: data[base + low..<base + high])
    }
}
