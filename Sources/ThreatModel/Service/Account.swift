import Synchronization

/// What the holder of a key has asked, and may still ask.
///
/// Charges of concurrent requests never overspend together. With a ledger, what was used before counts too, and what is
/// used is written down before anybody sees the answer; rates are not written down, so that a bucket is full after a
/// restart.
public final class Account: Sendable {
    /// The key's entry.
    public let entry: KeyRing.Entry
    private let ledger: UsageLedger?
    private let state: Mutex<State>

    private struct State {
        var spent: QueryCost
        var bucket: TokenBucket?
    }

    /// Opens an account.
    ///
    /// - Parameters:
    ///   - entry: the key's entry.
    ///   - ledger: what knows what the key has used before, and is told what it uses; `nil` to begin with nothing, and
    ///     to forget with the process.
    ///   - now: the time in seconds, by the clock that charges are made by.
    public init(_ entry: KeyRing.Entry, ledger: UsageLedger? = nil, at now: Double = 0) {
        (self.entry, self.ledger) = (entry, ledger)
        state = Mutex(
            State(
                spent: ledger?.used(by: entry.hash) ?? QueryCost(queries: 0),
                bucket: entry.rate.map { rate in
                    TokenBucket(rate: rate, burst: entry.burst ?? 10 * rate, at: now)
                }))
    }

    /// What was spent so far, without what was given back.
    public var spent: QueryCost { state.withLock { $0.spent } }

    /// Seconds since the first call, by a clock that does not go back.
    public static let uptime: @Sendable () -> Double = {
        let (seconds, attoseconds) = (start.duration(to: .now)).components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }

    private static let start = ContinuousClock.now

    /// Has a query answered at the account's expense.
    ///
    /// The most that it may take is charged before. What the answer did not use is given back, and all of it where there
    /// is no answer.
    ///
    /// - Parameters:
    ///   - query: the query.
    ///   - now: the time in seconds.
    ///   - answer: what answers it.
    /// - Returns: the answer.
    /// - Throws: what ``charge(_:at:)``, ``settle(_:used:)`` and `answer` throw.
    public func pay(
        for query: Query, at now: Double, _ answer: () throws(ThreatModelError) -> Answer
    ) throws(ThreatModelError) -> Answer {
        let most = query.cost
        try charge(most, at: now)
        do throws(ThreatModelError) {
            let answer = try answer()
            try settle(most, used: query.cost(of: answer))
            return answer
        } catch {
            refund(most)
            throw error
        }
    }

    /// Has a query answered at the account's expense, by somebody who may keep the caller waiting.
    ///
    /// - Parameters:
    ///   - query: the query.
    ///   - now: the time in seconds.
    ///   - answer: what answers it.
    /// - Returns: the answer.
    /// - Throws: what ``charge(_:at:)``, ``settle(_:used:)`` and `answer` throw.
    public func pay(
        for query: Query, at now: Double, _ answer: () async throws(ThreatModelError) -> Answer
    ) async throws(ThreatModelError) -> Answer {
        let most = query.cost
        try charge(most, at: now)
        do throws(ThreatModelError) {
            let answer = try await answer()
            try settle(most, used: query.cost(of: answer))
            return answer
        } catch {
            refund(most)
            throw error
        }
    }

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

    /// Writes down what was used of a charge.
    func note(_ used: QueryCost) throws(ThreatModelError) {
        do throws(UsageLedgerError) {
            try ledger?.append(used, by: entry)
        } catch {
            throw .refused(.unavailable("\(error)"))
        }
    }

    /// Writes down what an answer used, and gives back the rest of its charge.
    ///
    /// - Parameters:
    ///   - charged: what was charged for it.
    ///   - used: what it used; no more of it counts than was charged.
    /// - Throws: ``ServiceRefusal/unavailable(_:)`` when the ledger cannot be written: nothing is given back then, and
    ///   the answer must not be given either.
    func settle(_ charged: QueryCost, used: QueryCost) throws(ThreatModelError) {
        let used = QueryCost(
            queries: min(used.queries, charged.queries), tokens: min(used.tokens, charged.tokens))
        try note(used)
        refund(QueryCost(queries: charged.queries - used.queries, tokens: charged.tokens - used.tokens))
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
