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

    /// Begins a completion, which is paid for as it is told.
    ///
    /// - Throws: as ``answer(_:)``.
    public func stream(_ query: CompletionQuery) throws(ThreatModelError) -> any CompletionStream {
        let payment = try StreamedPayment(for: query, by: account, at: clock())
        return PaidStream(try service.stream(query), payment)
    }
}

/// A stream that is paid for before it is told.
private final class PaidStream: CompletionStream {
    private var stream: any CompletionStream
    private let payment: StreamedPayment

    init(_ stream: any CompletionStream, _ payment: StreamedPayment) { (self.stream, self.payment) = (stream, payment) }

    var generated: Int { stream.generated }

    func next() throws(ThreatModelError) -> [CompletionPart]? {
        do {
            let parts = try stream.next()
            try payment.note(generated: stream.generated)
            if parts == nil { payment.close() }
            return parts
        } catch {
            payment.close()
            throw error
        }
    }
}
