import CSodium
import Foundation

/// A key that a caller shows: `pk-` and 64 hexadecimal digits, 256 random bits.
///
/// Its text is in ``secret`` alone, so that no log line has it by accident.
public struct APIKey: Sendable, Equatable, CustomStringConvertible {
    /// The text, to be shown to nobody but the service.
    public let secret: String

    /// Takes what a caller shows; whether it is known is for a ``KeyRing`` to say.
    public init(_ secret: String) { self.secret = secret }

    /// Draws a new key from the operating system's random numbers.
    public static func random() -> APIKey {
        var bytes = [UInt8](repeating: 0, count: 32)
        Sodium.prepare()
        unsafe bytes.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe randombytes_buf(start, bytes.count)
        }
        return APIKey("pk-" + Sodium.hexadecimal(bytes))
    }

    /// What is stored of the key.
    public var hash: KeyHash {
        Sodium.prepare()
        let text = [UInt8](secret.utf8)
        var digest = [UInt8](repeating: 0, count: KeyHash.length)
        let status = unsafe crypto_generichash(&digest, digest.count, text, UInt64(text.count), nil, 0)
        precondition(status == 0, "libsodium's hash failed")
        return KeyHash(bytes: digest)
    }

    /// No digit of it.
    public var description: String { "pk-…" }

    /// Keys are compared by their hashes, in constant time.
    public static func == (left: APIKey, right: APIKey) -> Bool { left.hash.isEqual(to: right.hash) }
}

/// The BLAKE2b-256 hash of a key, in files 64 hexadecimal digits.
///
/// Keys are 256 random bits, which nobody can guess one by one, so a fast hash without salt is as good as a slow one.
/// - Source: Aumasson et al., "BLAKE2", ACNS 2013, through libsodium.
public struct KeyHash: Sendable, Equatable, Codable {
    static let length = 32
    private let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads 64 hexadecimal digits; `nil` when they are anything else.
    public init?(hexadecimal text: String) {
        let digits = text.utf8.map { Int32($0) }
        guard digits.count == 2 * Self.length, text.utf8.allSatisfy({ isxdigit(Int32($0)) != 0 }) else { return nil }
        bytes = stride(from: 0, to: digits.count, by: 2).map { place in
            UInt8(Self.value(digits[place]) << 4 | Self.value(digits[place + 1]))
        }
    }

    private static func value(_ digit: Int32) -> Int32 { digit <= 57 ? digit - 48 : (digit | 32) - 87 }

    /// The hash as 64 lower-case hexadecimal digits.
    public var hexadecimal: String { Sodium.hexadecimal(bytes) }

    /// Compares in a time that does not depend on where the hashes differ.
    public func isEqual(to other: KeyHash) -> Bool {
        unsafe sodium_memcmp(bytes, other.bytes, Self.length) == 0
    }

    /// Compares in constant time.
    public static func == (left: KeyHash, right: KeyHash) -> Bool { left.isEqual(to: right) }

    /// Reads 64 hexadecimal digits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let hash = KeyHash(hexadecimal: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected 64 hexadecimal digits, found \(text.count) characters")
        }
        self = hash
    }

    /// Writes 64 hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hexadecimal)
    }
}

/// The library that draws and hashes keys.
private enum Sodium {
    private static let initialised: Int32 = sodium_init()

    static func prepare() { precondition(initialised >= 0, "libsodium could not be initialised") }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
