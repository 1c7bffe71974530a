import Synchronization

/// What is paid for a completion that is told token by token.
///
/// The most that it may take is charged when it begins. What was computed is written down before it is told, so that a
/// killed gateway forgets no token; the rest is given back at the end, however that comes, and everything when nothing
/// was told.
public final class StreamedPayment: Sendable {
    private let account: Account
    private let query: CompletionQuery
    private let most: QueryCost
    private let state = Mutex(State())

    private struct State {
        var noted = QueryCost(queries: 0)
        var isClosed = false
    }

    /// Charges the most that a completion may take.
    ///
    /// - Parameters:
    ///   - query: the completion.
    ///   - account: who pays.
    ///   - now: the time in seconds.
    /// - Throws: what ``Account/charge(_:at:)`` throws.
    public init(for query: CompletionQuery, by account: Account, at now: Double) throws(ThreatModelError) {
        let most = Query.complete(query).cost
        // First, since what was not charged must not be given back.
        try account.charge(most, at: now)
        (self.account, self.query, self.most) = (account, query, most)
    }

    deinit { close() }

    /// Writes down what was computed so far, before it is told.
    ///
    /// - Parameter generated: the tokens that were generated since the beginning.
    /// - Throws: ``ServiceRefusal/unavailable(_:)`` when the ledger cannot be written: then nothing may be told.
    public func note(generated: Int) throws(ThreatModelError) {
        let used = query.cost(generated: generated)
        try state.withLock { state throws(ThreatModelError) in
            let more = QueryCost(
                queries: min(used.queries, most.queries) - state.noted.queries,
                tokens: min(used.tokens, most.tokens) - state.noted.tokens)
            guard more.queries > 0 || more.tokens > 0 else { return }
            try account.note(more)
            state.noted.queries += more.queries
            state.noted.tokens += more.tokens
        }
    }

    /// Gives back what was not used; a second call does nothing.
    ///
    /// - Returns: what was used.
    @discardableResult public func close() -> QueryCost {
        state.withLock { state in
            if !state.isClosed {
                state.isClosed = true
                account.refund(
                    QueryCost(queries: most.queries - state.noted.queries, tokens: most.tokens - state.noted.tokens))
            }
            return state.noted
        }
    }
}

extension CompletionQuery {
    /// What it took when so many tokens were generated: those, and the tokens of the prompts.
    public func cost(generated: Int) -> QueryCost {
        QueryCost(queries: Query.complete(self).cost.queries, tokens: prompts.reduce(generated) { $0 + $1.count })
    }
}
