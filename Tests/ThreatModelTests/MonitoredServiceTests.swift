import Models
import Tensors
import Testing
import ThreatModel

@Suite struct MonitoredServiceTests {
    private func watches(_ settings: String...) throws -> AccountWatches {
        try AccountWatches(
            settings.map { try MonitorSpec($0) }, MonitorMaterial(random: RandomStream(seed: 1)))
    }

    private func biased(_ tokens: Range<Int32>) -> Query {
        var query = CompletionQuery(prompts: [[1], [2]], maxTokens: 1)
        query.choices = 2
        for token in tokens { query.bias[token] = 1 }
        return .complete(query)
    }

    @Test("Under the policy 'report' every query is answered, and each monitor's first alarm is told")
    func report() throws {
        let watch = try watches("bias-coverage=1", "bias-coverage=4")["account"]
        let service = MonitoredService(languageModel(), watch)
        #expect(try service.card() == languageModel().card())
        for end in Int32(1)...6 {
            #expect(try service.answer(biased(0..<end)) == languageModel().answer(biased(0..<end)))
        }
        // A request of two prompts and two choices is four queries, of which the first is enough.
        #expect(watch.report.queries == 24)
        #expect(watch.report.alarms.map(\.monitor) == ["bias-coverage=1", "bias-coverage=4"])
        #expect(watch.report.alarms.map(\.query) == [5, 17])
    }

    @Test("Under 'block' the request that raises the alarm is refused, and so is every later one of that account alone")
    func block() throws {
        let watches = try watches("bias-coverage=2")
        let service = MonitoredService(languageModel(), watches["thief"], policy: .block)
        _ = try service.answer(biased(0..<2))
        for range in [Int32(0)..<3, 0..<0] {
            let error = try #require(throws: ThreatModelError.self) { try service.answer(biased(range)) }
            guard case .refused(.overBudget(let text)) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(text.contains("blocked") && !text.contains("bias-coverage"))
        }
        #expect(watches["thief"].report.queries == 8)
        _ = try MonitoredService(languageModel(), watches["other"], policy: .block).answer(biased(0..<0))
        #expect(watches.reports.mapValues(\.alarms.count) == ["thief": 1, "other": 0])
    }

    @Test("Who is blocked on one model is refused by the others, unless alarms are only reported; nobody else is")
    func otherModels() throws {
        for policy in AlarmPolicy.allCases {
            let (first, second, blocks) = (
                try watches("bias-coverage=2"), try watches("bias-coverage=2"), AccountBlocks()
            )
            func ask(_ watches: AccountWatches, _ account: String, _ range: Range<Int32>) throws {
                _ = try MonitoredService(languageModel(), watches[account], policy: policy, block: blocks[account])
                    .answer(biased(range))
            }
            try ask(second, "thief", 0..<1)
            try? ask(first, "thief", 0..<3)
            if policy == .block {
                #expect(throws: ThreatModelError.self) { try ask(second, "thief", 0..<1) }
            } else {
                try ask(second, "thief", 0..<1)
            }
            try ask(second, "other", 0..<1)
            #expect(second["thief"].report.alarms.isEmpty)
        }
    }

    @Test("A query that the service refuses is not seen")
    func refused() throws {
        let watch = try watches("bias-coverage=0")["account"]
        let service = MonitoredService(try languageModel().defended("no-logit-bias"), watch)
        #expect(throws: ThreatModelError.self) { try service.answer(biased(0..<3)) }
        #expect(watch.report == WatchReport(queries: 0, alarms: []))
    }

    @Test("Accounts that are watched at once see as many queries, and the same alarms, as one after the other")
    func concurrent() async throws {
        let (together, alone) = try (watches("prada=0.9"), watches("prada=0.9"))
        let records = try (0..<4).map { try Traffic.augmented(160, seed: UInt64($0)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, account) in records.enumerated() {
                group.addTask { _ = try Traffic.watched(account, together["\(index)"]) }
            }
            try await group.waitForAll()
        }
        for (index, account) in records.enumerated() { _ = try Traffic.watched(account, alone["\(index)"]) }
        #expect(together.reports == alone.reports)
        #expect(together.reports.values.allSatisfy { $0.queries == 160 })
    }

    @Test("Requests of one account from several threads are all counted")
    func threads() async throws {
        let watch = try watches("bias-coverage=0")["account"]
        let service = MonitoredService(languageModel(), watch)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { _ = try? service.answer(biased(1..<2)) } }
        }
        #expect(watch.report.queries == 32 && watch.report.alarms.map(\.query) == [1])
    }
}
