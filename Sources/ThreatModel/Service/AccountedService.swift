/// A service that answers the holder of a key, within budget and rate.
///
/// A query is charged for the most that it may take before it is answered; tokens that were not written are given back
/// afterwards, and all of it where there is no answer. It can be called from any number of threads.
public struct AccountedService: ModelService {
    private let service: any ModelService
    private let account: Account?
    private let clock: @Sendable () -> Double

    /// Wraps a service for one caller.
    ///
    /// - Parameters:
    ///   - service: what answers.
    ///   - account: whom it answers; `nil` for a caller without a known key, who is refused.
    ///   - clock: the time in seconds, as the account was opened by it.
    public init(
        _ service: any ModelService, account: Account?,
        clock: @escaping @Sendable () -> Double = AccountedService.uptime
    ) {
        (self.service, self.account, self.clock) = (service, account, clock)
    }

    /// Seconds since the first call, by a clock that does not go back.
    public static let uptime: @Sendable () -> Double = {
        let (seconds, attoseconds) = (start.duration(to: .now)).components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }

    private static let start = ContinuousClock.now

    /// What the service says of its model; free of charge.
    ///
    /// - Throws: ``ServiceRefusal/unauthorised`` without an account, and the service's own errors.
    public func card() throws(ThreatModelError) -> ServiceCard {
        guard account != nil else { throw .refused(.unauthorised) }
        return try service.card()
    }

    /// Answers a query.
    ///
    /// - Throws: ``ServiceRefusal/unauthorised``, ``ServiceRefusal/overBudget(_:)``,
    ///   ``ServiceRefusal/rateLimited(retryAfter:)``, and the service's own errors.
    public func answer(_ query: Query) throws(ThreatModelError) -> Answer {
        guard let account else { throw .refused(.unauthorised) }
        let most = query.cost
        try account.charge(most, at: clock())
        let answer: Answer
        do {
            answer = try service.answer(query)
        } catch {
            account.refund(most)
            throw error
        }
        let used = query.cost(of: answer)
        account.refund(QueryCost(queries: most.queries - used.queries, tokens: max(0, most.tokens - used.tokens)))
        return answer
    }

    /// Begins a completion; of a stream that is let go of, or fails after it has told something, what was computed is
    /// charged.
    ///
    /// - Throws: as ``answer(_:)``.
    public func stream(_ query: CompletionQuery) throws(ThreatModelError) -> any CompletionStream {
        guard let account else { throw .refused(.unauthorised) }
        let most = Query.complete(query).cost
        try account.charge(most, at: clock())
        do {
            return AccountedStream(try service.stream(query), query, account)
        } catch {
            account.refund(most)
            throw error
        }
    }
}

/// A stream that gives back what it did not use when it ends, however it ends.
private final class AccountedStream: CompletionStream {
    private var stream: any CompletionStream
    private let query: CompletionQuery
    private let account: Account
    private var isSettled = false
    private var hasTold = false

    init(_ stream: any CompletionStream, _ query: CompletionQuery, _ account: Account) {
        (self.stream, self.query, self.account) = (stream, query, account)
    }

    deinit { settle(hasTold) }

    var generated: Int { stream.generated }

    func next() throws(ThreatModelError) -> [CompletionPart]? {
        do {
            let parts = try stream.next()
            hasTold = true
            if parts == nil { settle(true) }
            return parts
        } catch {
            settle(hasTold)
            throw error
        }
    }

    private func settle(_ isCharged: Bool) {
        guard !isSettled else { return }
        isSettled = true
        let (most, used) = (Query.complete(query).cost, query.cost(generated: stream.generated))
        guard isCharged else { return account.refund(most) }
        account.refund(QueryCost(queries: most.queries - used.queries, tokens: max(0, most.tokens - used.tokens)))
    }
}

extension Query {
    /// What an answer to it took: as ``cost``, but only the tokens that were generated.
    public func cost(of answer: Answer) -> QueryCost {
        guard case .complete(let query) = self, case .completions(let texts) = answer else { return cost }
        return query.cost(generated: texts.reduce(0) { $0 + $1.generated })
    }
}

extension CompletionQuery {
    /// What it took when so many tokens were generated: those, and the tokens of the prompts.
    public func cost(generated: Int) -> QueryCost {
        QueryCost(queries: cost.queries, tokens: prompts.reduce(generated) { $0 + $1.count })
    }
}
