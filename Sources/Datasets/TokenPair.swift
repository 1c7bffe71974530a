/// Two neighbouring tokens; ordered by the left one, then by the right one.
struct TokenPair: Hashable, Comparable {
    private let code: UInt64

    init(_ left: Int32, _ right: Int32) { code = UInt64(UInt32(left)) << 32 | UInt64(UInt32(right)) }

    var left: Int32 { Int32(truncatingIfNeeded: code >> 32) }
    var right: Int32 { Int32(truncatingIfNeeded: code) }

    static func < (a: TokenPair, b: TokenPair) -> Bool { a.code < b.code }
}
