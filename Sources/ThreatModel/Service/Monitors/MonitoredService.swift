/// What is done about an alarm.
public enum AlarmPolicy: String, Codable, Sendable, CaseIterable {
    /// It is reported, and the account goes on.
    case report
    /// The request that raises it and every later one of the account is refused, whichever model it asks.
    case block
}

/// A service that watches the queries of one account.
///
/// Monitors see the answered labels, so they are closer to the model than the defences when their classes are to be the
/// undefended ones. A request is watched after it is answered; one that is refused or fails is not seen.
public struct MonitoredService: ModelService {
    private let service: any ModelService
    private let watch: AccountWatch
    private let policy: AlarmPolicy
    private let block: AccountBlock

    /// Wraps a service.
    ///
    /// - Parameters:
    ///   - service: what answers.
    ///   - watch: the monitors of the account.
    ///   - policy: what is done about an alarm.
    ///   - block: whether the account is blocked; the services of several models share it.
    public init(
        _ service: any ModelService, _ watch: AccountWatch, policy: AlarmPolicy = .report,
        block: AccountBlock = AccountBlock()
    ) {
        (self.service, self.watch, self.policy, self.block) = (service, watch, policy, block)
    }

    /// The wrapped service's card.
    public func card() throws(ThreatModelError) -> ServiceCard { try service.card() }

    /// Answers a query, unless the account is blocked.
    ///
    /// - Throws: ``ThreatModelError/refused(_:)`` with ``ServiceRefusal/overBudget(_:)`` once it is, and what the
    ///   wrapped service throws.
    public func answer(_ query: Query) throws(ThreatModelError) -> Answer {
        try check()
        let answer = try service.answer(query)
        try observe(query, answered: answer)
        return answer
    }

    /// Begins a completion, unless the account is blocked.
    ///
    /// Of a completion monitors see what is asked and nothing of the answer, so a stream is watched when its first token
    /// is there and before it is told: whoever leaves early has been seen. A blocked account's streams end.
    ///
    /// - Throws: as ``answer(_:)``.
    public func stream(_ query: CompletionQuery) throws(ThreatModelError) -> any CompletionStream {
        try check()
        return Watched(stream: try service.stream(query), query: query, service: self)
    }

    private struct Watched: CompletionStream {
        var stream: any CompletionStream
        let query: CompletionQuery
        let service: MonitoredService
        var isSeen = false

        var generated: Int { stream.generated }

        mutating func next() throws(ThreatModelError) -> [CompletionPart]? {
            let parts = try stream.next()
            if isSeen { try service.check() } else { try service.observe(.complete(query), answered: .completions([])) }
            isSeen = true
            return parts
        }
    }

    private func observe(_ query: Query, answered answer: Answer) throws(ThreatModelError) {
        watch.observe(query, answered: answer)
        if policy == .block, watch.isAlarmed { block.set() }
        try check()
    }

    private func check() throws(ThreatModelError) {
        guard block.isSet else { return }
        // Which monitor it was would help whoever wants to evade it.
        throw .refused(
            .overBudget("the account is blocked, as its queries look like an extraction; ask whoever runs the service"))
    }
}
