import CSodium
public import Foundation

/// SHA-256 checksums as 64 lower-case hexadecimal digits.
public enum Checksum {
    private static let initialised: Int32 = sodium_init()
    private static let chunk = 1 << 20

    /// Returns the checksum of bytes in memory.
    public static func of(_ data: Data) -> String {
        var hash = Hash()
        hash.update(data)
        return hash.finish()
    }

    /// Returns the checksum of a text's UTF-8 bytes.
    public static func of(_ text: String) -> String { of(Data(text.utf8)) }

    /// Returns the checksum of a file, which is read in pieces of 1 MiB.
    ///
    /// - Throws: `StoreError.readFailed` when the file can't be read.
    public static func of(contentsOf file: URL) throws -> String {
        do {
            let handle = try FileHandle(forReadingFrom: file)
            var hash = Hash()
            while let piece = try handle.read(upToCount: chunk), !piece.isEmpty { hash.update(piece) }
            try handle.close()
            return hash.finish()
        } catch {
            throw StoreError.readFailed(path: file.path, reason: Failure.reason(of: error))
        }
    }

    private struct Hash {
        private var state = crypto_hash_sha256_state()

        init() {
            precondition(initialised >= 0, "libsodium could not be initialised")
            _ = unsafe crypto_hash_sha256_init(&state)
        }

        mutating func update(_ data: Data) {
            unsafe data.withUnsafeBytes { bytes in
                guard let start = unsafe bytes.bindMemory(to: UInt8.self).baseAddress else { return }
                _ = unsafe crypto_hash_sha256_update(&state, start, UInt64(bytes.count))
            }
        }

        mutating func finish() -> String {
            var digest = [UInt8](repeating: 0, count: 32)
            _ = unsafe crypto_hash_sha256_final(&state, &digest)
            return hexadecimal(digest)
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
