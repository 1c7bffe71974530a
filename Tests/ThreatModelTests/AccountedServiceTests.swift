import Models
import Synchronization
import Tensors
import Testing

@testable import ThreatModel

@Suite struct AccountedServiceTests {
    /// A transformer of 12 tokens and 8 places, untrained.
    private let local = LocalService(
        Model(
            untrained: .transformer(Transformer(vocabulary: 12, context: 8, layers: 1, heads: 2, width: 8)),
            RandomStream(seed: 5)))

    private func account(queries: Int? = nil, tokens: Int? = nil, rate: Double? = nil) -> Account {
        Account(.init(name: "a", hash: APIKey("k").hash, queries: queries, tokens: tokens, rate: rate), at: 0)
    }

    @Test("The answer is the service's, and prompt and generated tokens are charged")
    func answer() throws {
        let account = account(queries: 10, tokens: 100)
        let service = AccountedService(local, account: account) { 0 }
        let query = Query.complete(CompletionQuery(prompts: [[1, 2, 3], [4]], maxTokens: 4))
        #expect(try service.answer(query) == local.answer(query))
        #expect(account.spent == QueryCost(queries: 2, tokens: 4 + 8))
        #expect(try service.card() == local.card())
    }

    @Test("Tokens that a text stopped before are given back")
    func refund() throws {
        let account = account(tokens: 8)
        let service = AccountedService(Stopping(local: local), account: account) { 0 }
        let query = Query.complete(CompletionQuery(prompts: [[1, 2, 3]], maxTokens: 5))
        _ = try service.answer(query)
        #expect(account.spent == QueryCost(queries: 1, tokens: 5))
        // What was given back is not enough for the most that a second such query may take.
        #expect(throws: ThreatModelError.self) { try service.answer(query) }
        #expect(account.spent == QueryCost(queries: 1, tokens: 5))
    }

    /// Tells that every text stopped after two tokens.
    private struct Stopping: ModelService {
        let local: LocalService
        func card() -> ServiceCard { local.card() }
        func answer(_ query: Query) throws(ThreatModelError) -> Answer {
            guard case .completions(let texts) = try local.answer(query) else { return .completions([]) }
            return .completions(
                texts.map { text in
                    var text = text
                    (text.tokens, text.generated, text.finish) = (Array(text.tokens.prefix(2)), 2, .stop)
                    return text
                })
        }
    }

    @Test("A query without an answer costs nothing, and neither does one that nobody could answer")
    func failure() throws {
        let account = account(queries: 10)
        let service = AccountedService(local, account: account) { 0 }
        #expect(throws: ThreatModelError.unsupported("encoder", family: "transformer")) {
            try service.answer(.encode(.zeros([3, 4])))
        }
        var query = CompletionQuery(prompts: [[1]], maxTokens: .max)
        #expect(throws: ThreatModelError.self) { try service.answer(.complete(query)) }
        (query.maxTokens, query.choices) = (1, -5)
        #expect(throws: ThreatModelError.self) { try service.answer(.complete(query)) }
        #expect(account.spent == QueryCost(queries: 0))
    }

    @Test("Who asks too fast is told how long to wait, by the clock that was given")
    func rate() throws {
        let now = Mutex(0.0)
        let service = AccountedService(local, account: account(rate: 1)) { now.withLock(\.self) }
        let query = Query.logits(Array(repeating: [1, 2, 3, 4, 5], count: 8))
        _ = try service.answer(query)
        // Eight queries of five tokens take 8.4 of ten units, so 6.8 are missing.
        let error = #expect(throws: ThreatModelError.self) { try service.answer(query) }
        guard case .refused(.rateLimited(let seconds)) = error else { throw ThreatModelError.mismatch("no refusal") }
        #expect(abs(seconds - 6.8) < 1e-9)
        now.withLock { $0 = seconds }
        _ = try service.answer(query)
    }

    @Test("The clock that counts by default does not go back")
    func uptime() {
        let first = Account.uptime()
        #expect(first >= 0 && Account.uptime() >= first)
    }
}
