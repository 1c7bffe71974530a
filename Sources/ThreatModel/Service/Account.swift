import Synchronization

/// What the holder of a key has asked, and may still ask.
///
/// Charges of concurrent requests never overspend together.
public final class Account: Sendable {
    /// The key's entry.
    public let entry: KeyRing.Entry
    private let state: Mutex<State>

    private struct State {
        var spent = QueryCost(queries: 0)
        var bucket: TokenBucket?
    }

    /// Opens an account from which nothing was taken.
    ///
    /// - Parameters:
    ///   - entry: the key's entry.
    ///   - now: the time in seconds, by the clock that charges are made by.
    public init(_ entry: KeyRing.Entry, at now: Double = 0) {
        self.entry = entry
        state = Mutex(
            State(
                bucket: entry.rate.map { rate in
                    TokenBucket(rate: rate, burst: entry.burst ?? 10 * rate, at: now)
                }))
    }

    /// What was spent so far, without what was given back.
    public var spent: QueryCost { state.withLock { $0.spent } }

    /// Pays for a query before it is answered.
    ///
    /// - Parameters:
    ///   - cost: the most that it may take.
    ///   - now: the time in seconds.
    /// - Throws: ``ServiceRefusal/overBudget(_:)`` when queries or tokens are spent,
    ///   ``ServiceRefusal/rateLimited(retryAfter:)`` when they come too fast; nothing is charged then.
    public func charge(_ cost: QueryCost, at now: Double) throws(ThreatModelError) {
        precondition(cost.queries >= 0 && cost.tokens >= 0, "\(cost.queries) queries of \(cost.tokens) tokens")
        let refusal = state.withLock { take(cost, from: &$0, at: now) }
        if let refusal { throw .refused(refusal) }
    }

    /// Whether a query could be paid for; nothing is charged.
    ///
    /// - Parameters:
    ///   - cost: the least that it takes.
    ///   - now: the time in seconds.
    /// - Throws: what ``charge(_:at:)`` would throw.
    public func check(_ cost: QueryCost, at now: Double) throws(ThreatModelError) {
        var copy = state.withLock { $0 }
        if let refusal = take(cost, from: &copy, at: now) { throw .refused(refusal) }
    }

    private func take(_ cost: QueryCost, from state: inout State, at now: Double) -> ServiceRefusal? {
        if let text = shortage(of: cost, state.spent) { return .overBudget(text) }
        if let seconds = state.bucket?.take(cost.units, at: now) { return .rateLimited(retryAfter: seconds) }
        state.spent.queries += cost.queries
        state.spent.tokens += cost.tokens
        return nil
    }

    /// Gives back what was charged and not used; the rate limit, which is about what is asked, gives nothing back.
    public func refund(_ unused: QueryCost) {
        state.withLock { state in
            precondition(
                (0...state.spent.queries).contains(unused.queries) && (0...state.spent.tokens).contains(unused.tokens),
                "\(unused) back of \(state.spent)")
            state.spent.queries -= unused.queries
            state.spent.tokens -= unused.tokens
        }
    }

    private func shortage(of cost: QueryCost, _ spent: QueryCost) -> String? {
        let limits = [
            ("queries", entry.queries, spent.queries, cost.queries),
            ("tokens", entry.tokens, spent.tokens, cost.tokens),
        ]
        for (what, limit, spent, cost) in limits {
            guard let limit, cost > limit - spent else { continue }
            return "the budget of key '\(entry.name)' has \(max(0, limit - spent)) of \(limit) \(what) left, and this "
                + "request may take \(cost); ask less, or have the budget raised"
        }
        return nil
    }
}

/// The accounts of a key ring, one per key for as long as the process runs.
public struct Accounts: Sendable {
    private let ring: KeyRing
    private let accounts: [String: Account]

    /// Opens an account for each key.
    ///
    /// - Parameters:
    ///   - ring: the keys.
    ///   - now: the time in seconds, by the clock that charges are made by.
    public init(_ ring: KeyRing, at now: Double = 0) {
        self.ring = ring
        accounts = Dictionary(uniqueKeysWithValues: ring.entries.map { ($0.name, Account($0, at: now)) })
    }

    /// The account of a key; `nil` when the key is not known.
    public func account(for key: APIKey) -> Account? { ring.entry(for: key).flatMap { accounts[$0.name] } }

    /// All accounts, in the order of the ring.
    public var all: [Account] { ring.entries.compactMap { accounts[$0.name] } }
}
