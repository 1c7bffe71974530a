/// The accounts of a service's callers: one per key of a ring, or one that all callers share.
public struct Accounts: Sendable {
    private let ring: KeyRing?
    private let accounts: [String: Account]
    private let shared: Account?

    /// Opens an account for each key.
    ///
    /// - Parameters:
    ///   - ring: the keys.
    ///   - allowance: limits for keys that have none of their own; its name and hash mean nothing.
    ///   - ledger: what was used before, and where to write down what is used; `nil` to forget with the process.
    ///   - now: the time in seconds, by the clock that charges are made by.
    /// - Throws: ``KeyRingError`` when a key's limits and those of the allowance make no sense together.
    public init(
        _ ring: KeyRing, allowance: KeyRing.Entry? = nil, ledger: UsageLedger? = nil, at now: Double = 0
    ) throws(KeyRingError) {
        var limited = KeyRing()
        for entry in ring.entries { try limited.add(entry.completed(by: allowance)) }
        (self.ring, shared) = (limited, nil)
        accounts = Dictionary(
            uniqueKeysWithValues: limited.entries.map { ($0.name, Account($0, ledger: ledger, at: now)) })
    }

    /// Opens one account without limits, from which everybody draws.
    public init() { (ring, accounts, shared) = (nil, [:], Account(.anonymous())) }

    /// Opens one account, from which everybody draws.
    ///
    /// - Parameters:
    ///   - entry: its limits.
    ///   - ledger: what was used before, and where to write down what is used; `nil` to forget with the process.
    ///   - now: the time in seconds, by the clock that charges are made by.
    /// - Throws: ``KeyRingError`` when a limit makes no sense.
    public init(
        sharedBy entry: KeyRing.Entry, ledger: UsageLedger? = nil, at now: Double = 0
    ) throws(KeyRingError) {
        var ring = KeyRing()
        try ring.add(entry)
        (self.ring, accounts, shared) = (nil, [:], Account(entry, ledger: ledger, at: now))
    }

    /// Whether every caller needs a key.
    public var needsKeys: Bool { ring != nil }

    /// The account of whoever shows a key, or none.
    ///
    /// - Throws: ``ServiceRefusal/unauthorised`` when a key is needed, and none or an unknown one is shown.
    public func account(of key: APIKey?) throws(ThreatModelError) -> Account {
        if let shared { return shared }
        guard let entry = key.flatMap({ ring?.entry(for: $0) }), let account = accounts[entry.name] else {
            throw .refused(.unauthorised)
        }
        return account
    }

    /// All accounts, in the order of the ring.
    public var all: [Account] { [shared].compactMap(\.self) + (ring?.entries ?? []).compactMap { accounts[$0.name] } }
}

extension KeyRing.Entry {
    /// The account of callers who need no key.
    ///
    /// Its hash is that of a text which is no key, and the same in every process, so that a ledger knows it again.
    public static func anonymous(
        queries: Int? = nil, tokens: Int? = nil, rate: Double? = nil, burst: Double? = nil
    ) -> KeyRing.Entry {
        KeyRing.Entry(
            name: "anonymous", hash: APIKey("anonymous").hash, queries: queries, tokens: tokens, rate: rate,
            burst: burst)
    }

    /// The entry with another's limits where it has none.
    fileprivate func completed(by other: KeyRing.Entry?) -> KeyRing.Entry {
        guard let other else { return self }
        var entry = self
        entry.queries = queries ?? other.queries
        entry.tokens = tokens ?? other.tokens
        if rate == nil { (entry.rate, entry.burst) = (other.rate, burst ?? other.burst) }
        return entry
    }
}
