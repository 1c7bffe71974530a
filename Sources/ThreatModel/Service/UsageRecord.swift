import Foundation

/// A line of a ``UsageLedger``: what the holder of a key has used.
///
/// It is a JSON object that ends with a check of what is before, such as
/// `{"key":"5e…","name":"alice","queries":2,"tokens":15,"check":"9f3a0c11"}`.
public struct UsageRecord: Sendable, Equatable {
    /// Whose it is.
    public var name: String
    /// The hash of the key.
    public var hash: KeyHash
    /// What was used.
    public var used: QueryCost

    /// Creates a record.
    init(name: String, hash: KeyHash, used: QueryCost) { (self.name, self.hash, self.used) = (name, hash, used) }

    /// The line, without the character that ends it.
    ///
    /// Names have no characters that JSON would write otherwise.
    var text: String {
        let fields =
            #"{"key":"\#(hash.hexadecimal)","name":"\#(name)","queries":\#(used.queries),"tokens":\#(used.tokens)"#
        return fields + #","check":"\#(Self.check(fields))"}"#
    }

    /// Finds damage, and no forgery: who can write the ledger can write a right check too.
    private static func check(_ fields: String) -> String {
        var hash = ContentHash()
        for byte in fields.utf8 { hash.combine(UInt32(byte)) }
        let digits = String(UInt32(truncatingIfNeeded: hash.value), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    private struct Fields: Decodable {
        var key: KeyHash
        var name: String
        var queries: Int
        var tokens: Int
    }

    /// Reads a line; `nil` when it is anything but what ``text`` writes.
    init?(_ line: Substring) {
        guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(line.utf8)) else { return nil }
        self.init(
            name: fields.name, hash: fields.key, used: QueryCost(queries: fields.queries, tokens: fields.tokens))
        guard used.queries >= 0, used.tokens >= 0, text == line else { return nil }
    }
}
