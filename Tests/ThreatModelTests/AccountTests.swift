import Foundation
import Tensors
import Testing

@testable import ThreatModel

@Suite struct AccountTests {
    private func account(
        queries: Int? = nil, tokens: Int? = nil, rate: Double? = nil, burst: Double? = nil
    ) -> Account {
        Account(
            .init(name: "a", hash: APIKey("k").hash, queries: queries, tokens: tokens, rate: rate, burst: burst), at: 0)
    }

    private func isOverBudget(_ error: ThreatModelError?) -> Bool {
        if case .refused(.overBudget(let text)) = error { text.contains("'a'") } else { false }
    }

    @Test("Queries and tokens have budgets of their own, spent to the last; a refusal takes nothing")
    func budgets() throws {
        let account = account(queries: 10, tokens: 100)
        try account.charge(QueryCost(queries: 9, tokens: 60), at: 0)
        let queries = #expect(throws: ThreatModelError.self) { try account.charge(QueryCost(queries: 2), at: 0) }
        #expect(isOverBudget(queries) && queries?.description.contains("1 of 10 queries left") == true)
        let tokens = #expect(throws: ThreatModelError.self) {
            try account.charge(QueryCost(queries: 1, tokens: 41), at: 0)
        }
        #expect(isOverBudget(tokens) && tokens?.description.contains("40 of 100 tokens left") == true)
        #expect(account.spent == QueryCost(queries: 9, tokens: 60))
        try account.charge(QueryCost(queries: 1, tokens: 40), at: 0)
        account.refund(QueryCost(queries: 0, tokens: 30))
        #expect(account.spent == QueryCost(queries: 10, tokens: 70))
    }

    @Test("The rate limit tells how long to wait, and what it refuses is not charged to the budget")
    func rate() throws {
        let account = account(queries: 100, rate: 2, burst: 4)
        try account.charge(QueryCost(queries: 4), at: 0)
        #expect(throws: ThreatModelError.refused(.rateLimited(retryAfter: 1))) {
            try account.charge(QueryCost(queries: 1, tokens: 100), at: 0)
        }
        #expect(account.spent.queries == 4)
        try account.charge(QueryCost(queries: 1, tokens: 100), at: 1)
        // A budget that is spent is told before a wait that would be in vain.
        let error = #expect(throws: ThreatModelError.self) { try account.charge(QueryCost(queries: 96), at: 1) }
        #expect(isOverBudget(error))
    }

    @Test("Without a burst the bucket holds ten seconds' worth; without limits nothing is refused")
    func defaults() throws {
        let limited = account(rate: 3)
        try limited.charge(QueryCost(queries: 30), at: 0)
        #expect(throws: ThreatModelError.self) { try limited.charge(QueryCost(queries: 1), at: 0) }
        let free = account()
        for _ in 0..<100 { try free.charge(QueryCost(queries: 1 << 30, tokens: 1 << 40), at: 0) }
    }

    @Test("Concurrent requests never overspend together")
    func concurrent() async {
        let account = account(tokens: 1000)
        let granted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<500).count { _ in (try? account.charge(QueryCost(queries: 1, tokens: 1), at: 0)) != nil }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(granted == 1000 && account.spent == QueryCost(queries: 1000, tokens: 1000))
    }

    @Test("More cannot be given back than was charged: that would refill a budget")
    func overRefund() async {
        await #expect(processExitsWith: .failure) {
            let account = Account(.init(name: "a", hash: APIKey("k").hash), at: 0)
            account.refund(QueryCost(queries: 1))
        }
    }

    @Test("What an answer used is written down before the answer is given, and nothing while it is computed")
    func written() throws {
        let scratch = try LedgerScratch()
        let entry = KeyRing.Entry(name: "a", hash: APIKey("k").hash, queries: 5)
        let account = Account(entry, ledger: try UsageLedger(scratch.file, of: [entry]))
        for fails in [true, false] {
            let answer = try? account.pay(for: .decode(.zeros([2, 1])), at: 0) { () throws(ThreatModelError) in
                #expect(account.spent.queries == 2 && !scratch.text.contains("queries"))
                if fails { throw .mismatch("no answer") }
                return .vectors(.zeros([2, 1]))
            }
            #expect((answer == nil) == fails && account.spent.queries == (fails ? 0 : 2))
        }
        #expect(scratch.text.contains("\"queries\":2,\"tokens\":0"))
    }

    @Test("An answer that cannot be written down is not given and not charged, and the file stays whole")
    func unwritten() async {
        await #expect(processExitsWith: .success) {
            let scratch = try LedgerScratch()
            let entry = KeyRing.Entry(name: "a", hash: APIKey("k").hash, queries: 5)
            let account = Account(entry, ledger: try UsageLedger(scratch.file, of: [entry]))
            // As if the disk were full in the middle of the line.
            var limit = rlimit(rlim_cur: rlim_t(scratch.text.utf8.count + 20), rlim_max: 1 << 40)
            _ = signal(SIGXFSZ, SIG_IGN)
            unsafe setrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit)
            let before = scratch.text
            let query = Query.decode(.zeros([2, 1]))
            do throws(ThreatModelError) {
                _ = try account.pay(for: query, at: 0) { () throws(ThreatModelError) in .vectors(.zeros([2, 1])) }
                exit(2)
            } catch {
                guard case .refused(.unavailable) = error else { exit(3) }
            }
            guard account.spent.queries == 0, scratch.text == before else { exit(4) }
            limit.rlim_cur = 1 << 40
            unsafe setrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit)
            _ = try account.pay(for: query, at: 0) { () throws(ThreatModelError) in .vectors(.zeros([2, 1])) }
            guard try UsageLedger.totals(in: scratch.file).map(\.used.queries) == [2] else { exit(5) }
        }
    }

    @Test("A price is that of queries and tokens together")
    func tariff() {
        let tariff = Tariff(perThousandQueries: 1.5, perThousandTokens: 0.002)
        #expect(abs(tariff.price(of: QueryCost(queries: 2000, tokens: 500_000)) - 4) < 1e-12)
        #expect(Tariff().price(of: QueryCost(queries: 10, tokens: 10)) == 0)
    }
}
