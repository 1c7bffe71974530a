import Synchronization

/// Counts the queries to a victim, and refuses those beyond a budget.
public final class QueryMeter: Sendable {
    private let spent = Mutex(QueryCost(queries: 0))
    /// The most queries that may be asked; `nil` for no limit.
    public let budget: Int?

    /// Creates a meter.
    public init(budget: Int? = nil) { self.budget = budget }

    /// The queries asked so far, one per record, sample or generated text.
    public var queries: Int { spent.withLock { $0.queries } }
    /// The tokens read and written so far; while a query is answered, the most that it may write.
    public var tokens: Int { spent.withLock { $0.tokens } }

    /// Pays for queries before they are answered.
    ///
    /// - Throws: ``ThreatModelError/budgetExhausted(asked:left:)``; nothing is charged then.
    func charge(_ count: Int) throws(ThreatModelError) { try charge(QueryCost(queries: count)) }

    /// Pays for a query and its tokens; only queries have a budget here.
    func charge(_ cost: QueryCost) throws(ThreatModelError) {
        precondition(cost.queries >= 0 && cost.tokens >= 0, "\(cost.queries) queries of \(cost.tokens) tokens")
        let left = spent.withLock { spent -> Int? in
            if let budget, spent.queries + cost.queries > budget { return budget - spent.queries }
            spent.queries += cost.queries
            spent.tokens += cost.tokens
            return nil
        }
        if let left { throw .budgetExhausted(asked: cost.queries, left: left) }
    }

    /// Gives back what was charged and not used.
    func refund(_ unused: QueryCost) {
        spent.withLock { spent in
            precondition(
                (0...spent.queries).contains(unused.queries) && (0...spent.tokens).contains(unused.tokens),
                "\(unused) back of \(spent)")
            spent.queries -= unused.queries
            spent.tokens -= unused.tokens
        }
    }
}
