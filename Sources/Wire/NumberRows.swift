public import Foundation
public import Tensors

extension VectorRequest {
    /// Takes `inputs` out of a body as JSON and leaves `[]` in its place.
    ///
    /// `JSONDecoder` makes several objects of each number: nine tenths of a gateway's work. Here a number costs its
    /// digits. What is read has the bits that `JSONDecoder` gives.
    ///
    /// - Parameter body: The body.
    /// - Returns: The rows [count, width], finite, and what is left to decode; `nil` unless the object has `inputs` once,
    ///   with rows of one length. `JSONDecoder` then says what is wrong with it, or reads it.
    public static func liftInputs(outOf body: Data) -> (inputs: Tensor, rest: Data)? {
        var scanner = NumberRowsScanner(body)
        // Nothing is lost: whatever stops the scanner is in the body, which is read again.
        return try? scanner.lift("inputs")
    }
}

/// Reads one member of a JSON object, rows of numbers, and steps over the others.
private struct NumberRowsScanner {
    /// What is read here is plain; all else is for a whole parser.
    private struct NotPlain: Error {}

    private let bytes: [UInt8]
    private var place = 0

    init(_ data: Data) { bytes = Array(data) }

    mutating func lift(_ name: String) throws -> (inputs: Tensor, rest: Data) {
        var found: (rows: Tensor, range: Range<Int>)?
        try expect("{")
        repeat {
            let key = try plainString()
            try expect(":")
            guard key.elementsEqual(name.utf8) else {
                try skipValue()
                continue
            }
            guard found == nil else { throw NotPlain() }
            let start = place
            found = (try rows(), start..<place)
        } while try separator(closing: "}")
        guard let found else { throw NotPlain() }
        return (
            found.rows, Data(bytes[..<found.range.lowerBound] + Array("[]".utf8) + bytes[found.range.upperBound...])
        )
    }

    private mutating func rows() throws -> Tensor {
        var numbers: [Float] = []
        numbers.reserveCapacity((bytes.count - place) / 8)
        var (count, width) = (0, 0)
        try expect("[")
        repeat {
            try expect("[")
            let start = numbers.count
            repeat { numbers.append(try number()) } while try separator(closing: "]")
            if count == 0 { width = numbers.count }
            guard numbers.count - start == width else { throw NotPlain() }
            count += 1
        } while try separator(closing: "]")
        return Tensor(numbers, shape: [count, width])
    }

    /// A number of JSON's grammar, rounded to the nearest float.
    private mutating func number() throws -> Float {
        skipSpaces()
        let start = place
        let isNegative = take("-")
        let first = place
        var digits: UInt64 = 0
        var count = takeDigits(&digits)
        guard count == 1 || count > 1 && bytes[first] != UInt8(ascii: "0") else { throw NotPlain() }
        var exponent = 0
        if take(".") {
            exponent = -takeDigits(&digits)
            guard exponent < 0 else { throw NotPlain() }
            count -= exponent
        }
        if take("e") || take("E") {
            let isSmall = take("-")
            if !isSmall { _ = take("+") }
            var power: UInt64 = 0
            guard (1...4).contains(takeDigits(&power)) else { throw NotPlain() }
            exponent += isSmall ? -Int(power) : Int(power)
        }
        guard let magnitude = count < 20 ? Self.quickly(digits, exponent) : nil else { return try slowly(start) }
        return isNegative ? -magnitude : magnitude
    }

    /// The powers of ten that a double holds exactly.
    private static let powers: [Double] = (0...22).map { Double("1e\($0)") ?? .nan }

    /// digits · 10^exponent where one operation on doubles rounds it well (Clinger, How to read floating point numbers
    /// accurately, 1990, section 3), and rounding to a float once more does not matter.
    private static func quickly(_ digits: UInt64, _ exponent: Int) -> Float? {
        guard digits <= 1 << 53, abs(exponent) <= 22 else { return nil }
        let value = exponent < 0 ? Double(digits) / powers[-exponent] : Double(digits) * powers[exponent]
        // In the middle between two floats, and the number itself may be beside it.
        guard value.bitPattern & 0x1FFF_FFFF != 0x1000_0000 else { return nil }
        return Float(value)
    }

    /// The number from `start` to here; too large a one, or one lost to zero, is for the whole parser to judge.
    private func slowly(_ start: Int) throws -> Float {
        guard let value = Float(String(decoding: bytes[start..<place], as: UTF8.self)), value.isFinite, value != 0
        else {
            throw NotPlain()
        }
        return value
    }

    /// Appends the digits that come next; sums wrap, which is of no matter as twenty digits are too many.
    private mutating func takeDigits(_ digits: inout UInt64) -> Int {
        let start = place
        while place < bytes.count, case let digit = bytes[place] &- UInt8(ascii: "0"), digit < 10 {
            digits = digits &* 10 &+ UInt64(digit)
            place += 1
        }
        return place - start
    }

    private mutating func skipValue() throws {
        var depth = 0
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""): try skipString()
            case UInt8(ascii: "["), UInt8(ascii: "{"): (depth, place) = (depth + 1, place + 1)
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if depth == 0 { return }
                (depth, place) = (depth - 1, place + 1)
            case UInt8(ascii: ","):
                if depth == 0 { return }
                place += 1
            default: place += 1
            }
        }
        throw NotPlain()
    }

    private mutating func skipString() throws {
        place += 1
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
            place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard take("\"") else { throw NotPlain() }
    }

    private mutating func plainString() throws -> ArraySlice<UInt8> {
        skipSpaces()
        guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { throw NotPlain() }
        let start = place + 1
        try skipString()
        let text = bytes[start..<place - 1]
        guard !text.contains(UInt8(ascii: "\\")) else { throw NotPlain() }
        return text
    }

    /// Whether a comma comes next rather than the end.
    private mutating func separator(closing end: Unicode.Scalar) throws -> Bool {
        skipSpaces()
        if take(",") { return true }
        guard take(end) else { throw NotPlain() }
        return false
    }

    private mutating func expect(_ character: Unicode.Scalar) throws {
        skipSpaces()
        guard take(character) else { throw NotPlain() }
        skipSpaces()
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private mutating func skipSpaces() {
        while place < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[place]) { place += 1 }
    }
}

extension VectorResponse {
    /// The answer as JSON, byte by byte what `JSONEncoder` writes, without a value for each number.
    ///
    /// - Returns: The body; names in alphabetic order.
    /// - Throws: `EncodingError` when a number is not finite.
    public func json() throws -> Data {
        var rest = self
        rest.data = nil
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        let object = try encoder.encode(rest)
        guard let data else { return object }
        var text = Array("{\"data\":[".utf8)
        text.reserveCapacity(object.count + data.reduce(32) { $0 + 14 * $1.count })
        for (index, row) in data.enumerated() {
            text += Array(index == 0 ? "[".utf8 : ",[".utf8)
            for (column, number) in row.enumerated() {
                guard number.isFinite else {
                    throw EncodingError.invalidValue(
                        number, .init(codingPath: [], debugDescription: "\(number) in row \(index), column \(column)"))
                }
                if column > 0 { text.append(UInt8(ascii: ",")) }
                text += number.description.utf8
                if text.suffix(2).elementsEqual(".0".utf8) { text.removeLast(2) }
            }
            text.append(UInt8(ascii: "]"))
        }
        return Data(text + Array("],".utf8) + object.dropFirst())
    }
}
