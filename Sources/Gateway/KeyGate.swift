import Foundation
import ThreatModel

/// Admits the holders of keys, or everybody to one account, within budgets and rates.
final class KeyGate: Gatekeeper {
    private let accounts: Accounts?
    private let anonymous: Account?
    private let start: ContinuousClock.Instant

    /// Opens the accounts of a key ring.
    ///
    /// - Parameters:
    ///   - ring: the keys; `nil` for one account that everybody draws from.
    ///   - allowance: what an account may ask whose key says nothing else; its name and hash are not used.
    ///   - now: the time.
    /// - Throws: ``ThreatModel/KeyRingError`` when a limit makes no sense.
    init(_ ring: KeyRing?, allowance: KeyRing.Entry, now: ContinuousClock.Instant = .now) throws(KeyRingError) {
        start = now
        guard let ring else {
            (accounts, anonymous) = (nil, Account(try Self.checked(allowance)))
            return
        }
        var limited = KeyRing()
        for entry in ring.entries { try limited.add(entry.completed(by: allowance)) }
        (accounts, anonymous) = (Accounts(limited), nil)
    }

    private static func checked(_ entry: KeyRing.Entry) throws(KeyRingError) -> KeyRing.Entry {
        var ring = KeyRing()
        try ring.add(entry)
        return entry
    }

    var needsKeys: Bool { accounts != nil }

    func account(of key: String?) throws(ThreatModelError) -> String { try holder(of: key).entry.name }

    func check(key: String?, cost: QueryCost, now: ContinuousClock.Instant) throws(ThreatModelError) {
        try holder(of: key).check(cost, at: start.duration(to: now) / .seconds(1))
    }

    func admit(key: String?, cost: QueryCost, now: ContinuousClock.Instant) throws(ThreatModelError) {
        try holder(of: key).charge(cost, at: start.duration(to: now) / .seconds(1))
    }

    func settle(key: String?, charged: QueryCost, used: QueryCost) {
        // Whoever was admitted has an account.
        guard let account = try? holder(of: key) else { return }
        account.refund(
            QueryCost(queries: max(0, charged.queries - used.queries), tokens: max(0, charged.tokens - used.tokens)))
    }

    private func holder(of key: String?) throws(ThreatModelError) -> Account {
        if let anonymous { return anonymous }
        guard let account = key.flatMap({ accounts?.account(for: APIKey($0)) }) else { throw .refused(.unauthorised) }
        return account
    }
}

extension KeyRing.Entry {
    /// The entry with another's limits where it has none.
    fileprivate func completed(by other: KeyRing.Entry) -> KeyRing.Entry {
        var entry = self
        entry.queries = queries ?? other.queries
        entry.tokens = tokens ?? other.tokens
        if rate == nil { (entry.rate, entry.burst) = (other.rate, burst ?? other.burst) }
        return entry
    }
}
