/// A service that answers the holder of a key within budget and rate, in this process: what its ``Account`` pays for.
///
/// It can be called from any number of threads.
public struct AccountedService: ModelService {
    private let service: any ModelService
    private let account: Account
    private let clock: @Sendable () -> Double

    /// Wraps a service for one caller.
    ///
    /// - Parameters:
    ///   - service: what answers.
    ///   - account: whom it answers.
    ///   - clock: the time in seconds, as the account was opened by it.
    public init(
        _ service: any ModelService, account: Account, clock: @escaping @Sendable () -> Double = Account.uptime
    ) {
        (self.service, self.account, self.clock) = (service, account, clock)
    }

    /// What the service says of its model; free of charge.
    ///
    /// - Throws: the service's own errors.
    public func card() throws(ThreatModelError) -> ServiceCard { try service.card() }

    /// Answers a query.
    ///
    /// - Throws: ``ServiceRefusal/overBudget(_:)``, ``ServiceRefusal/rateLimited(retryAfter:)``, and the service's own
    ///   errors.
    public func answer(_ query: Query) throws(ThreatModelError) -> Answer {
        try account.pay(for: query, at: clock()) { () throws(ThreatModelError) in try service.answer(query) }
    }
}
