import Foundation

/// The address of an artefact: a SHA-256 of everything that determines it.
public struct Key: Hashable, Sendable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public let hex: String

    /// Creates a key from its digits.
    ///
    /// - Throws: `StoreError.invalidKey` when `hex` is not 64 lower-case hexadecimal digits.
    public init(hex: String) throws {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            throw StoreError.invalidKey(hex)
        }
        self.hex = hex
    }

    /// Creates the key of a value by hashing its canonical JSON: keys sorted, slashes unescaped.
    ///
    /// The order in a dictionary with text keys does not matter. A `Set`, or a dictionary with other keys, is encoded in
    /// an arbitrary order: give sorted arrays instead.
    ///
    /// - Throws: `StoreError.unencodable` when the value has no JSON, for instance because it holds a NaN.
    public init(of value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            hex = Checksum.of(try encoder.encode(value))
        } catch {
            throw StoreError.unencodable(type: "\(type(of: value))", reason: Failure.reason(of: error))
        }
    }

    /// The digits.
    public var description: String { hex }
}

extension Key: Codable {
    /// Decodes the digits and checks them.
    public init(from decoder: any Decoder) throws {
        try self.init(hex: decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}
