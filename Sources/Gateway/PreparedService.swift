import Synchronization
import ThreatModel

/// A service that may know an answer already, since the question was asked together with others.
///
/// It stands beneath what defends and watches, so that those see each request by itself while the model sees them in
/// one pass.
final class PreparedService: ModelService {
    private let base: any ModelService
    private let prepared = Mutex<Prepared?>(nil)

    private struct Prepared {
        var query: Query
        var answer: Answer
    }

    /// Stands before a service.
    init(_ base: any ModelService) { self.base = base }

    func card() throws(ThreatModelError) -> ServiceCard { try base.card() }

    func answer(_ query: Query) throws(ThreatModelError) -> Answer {
        if let known = prepared.withLock({ $0 }), known.query == query { return known.answer }
        return try base.answer(query)
    }

    func stream(_ query: CompletionQuery) throws(ThreatModelError) -> any CompletionStream { try base.stream(query) }

    /// Does something while an answer is known; only one thread at a time may.
    func knowing<Result>(
        _ answer: Answer, to query: Query, _ body: () throws(ThreatModelError) -> Result
    ) throws(ThreatModelError) -> Result {
        prepared.withLock { $0 = Prepared(query: query, answer: answer) }
        defer { prepared.withLock { $0 = nil } }
        return try body()
    }
}
