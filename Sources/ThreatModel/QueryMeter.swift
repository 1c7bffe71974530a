import Synchronization

/// Counts the queries to a victim, and refuses those beyond a budget.
public final class QueryMeter: Sendable {
    private let spent = Mutex(0)
    /// The most queries that may be asked; `nil` for no limit.
    public let budget: Int?

    /// Creates a meter.
    public init(budget: Int? = nil) { self.budget = budget }

    /// The queries asked so far, one per record, sample or generated text.
    public var queries: Int { spent.withLock { $0 } }

    /// Pays for queries before they are answered.
    ///
    /// - Throws: ``ThreatModelError/budgetExhausted(asked:left:)``; nothing is charged then.
    func charge(_ count: Int) throws(ThreatModelError) {
        precondition(count >= 0, "\(count) queries")
        let left = spent.withLock { spent -> Int? in
            if let budget, spent + count > budget { return budget - spent }
            spent += count
            return nil
        }
        if let left { throw .budgetExhausted(asked: count, left: left) }
    }
}
