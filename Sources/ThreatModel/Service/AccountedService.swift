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
}

extension Query {
    /// What an answer to it took: as ``cost``, but only the tokens that were generated.
    public func cost(of answer: Answer) -> QueryCost {
        guard case .complete(let query) = self, case .completions(let texts) = answer else { return cost }
        let read = query.prompts.reduce(0) { $0 + $1.count }
        return QueryCost(queries: cost.queries, tokens: texts.reduce(read) { $0 + $1.generated })
    }
}
