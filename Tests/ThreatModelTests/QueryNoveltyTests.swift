import Models
import Tensors
import Testing
import ThreatModel

@Suite struct QueryNoveltyTests {
    private static let watches = Result {
        let all = try Traffic.fashion.get()
        let material = MonitorMaterial(
            reference: all.slice(0..<500), benign: all.slice(500..<1500), random: RandomStream(seed: 1))
        return try AccountWatches([MonitorSpec("novelty=0.05")], material)
    }

    private func report(_ records: Records, _ account: String) throws -> WatchReport {
        try Traffic.watched(records, Self.watches.get()[account])
    }

    @Test("Benign accounts keep the stated rate: of 40 at 0.05 at most six raise the alarm")
    func benign() throws {
        // The 99.9 % quantile of a binomial of 40 at 0.05 is 7.
        let alarms = try (UInt64(0)..<40).count { seed in
            try !report(Traffic.benign(60, from: 1500, seed: seed), "benign \(seed)").alarms.isEmpty
        }
        #expect(alarms <= 6)
    }

    @Test("Noise raises the alarm within ten queries on every seed")
    func noise() throws {
        for seed in UInt64(0)..<4 {
            let report = try report(Traffic.noise(40, seed: seed), "noise \(seed)")
            #expect(try #require(report.queriesToDetection(by: "novelty=0.05")) <= 10)
        }
    }

    @Test("Augmented images raise the alarm when the steps have left the data")
    func augmentation() throws {
        for seed in UInt64(0)..<4 {
            let report = try report(Traffic.augmented(400, step: 0.2, seed: seed), "augmented \(seed)")
            // The first 40 are natural.
            #expect(try #require(report.queriesToDetection(by: "novelty=0.05")) > 40)
        }
    }

    @Test("Texts of unseen 4-grams raise the alarm, and texts like the benign ones do not")
    func texts() throws {
        // Words of a language with two successors per token.
        func text(_ length: Int, _ random: RandomStream) -> [Int32] {
            random.coinFlips(length - 1).reduce(into: [1]) { $0.append(($0[$0.count - 1] * 3 + ($1 ? 1 : 2)) % 31) }
        }
        func records(_ count: Int, _ seed: UInt64) -> Records {
            Records(tokens: (0..<count).flatMap { text(20, RandomStream(seed: seed)[$0]) }, window: 20)
        }
        let material = MonitorMaterial(
            reference: records(60, 1), benign: records(200, 2), random: RandomStream(seed: 1))
        let watches = try AccountWatches([MonitorSpec("novelty")], material)
        func report(_ prompts: [[Int32]], _ account: String) throws -> WatchReport {
            let oracle = Oracle(answers: [.complete: .completions([])])
            _ = try MonitoredService(oracle, watches[account]).answer(
                .complete(CompletionQuery(prompts: prompts, maxTokens: 1)))
            return watches[account].report
        }
        #expect(try report(records(60, 3).texts, "benign").alarms.isEmpty)
        let random = (0..<60).map { RandomStream(seed: 4)[$0].words(20).map { Int32($0 % 31) } }
        #expect(try report(random, "thief").alarms.count == 1)
    }

    @Test("Too few benign queries, or none, are told")
    func material() throws {
        let all = try Traffic.fashion.get()
        let few = MonitorMaterial(
            reference: all.slice(0..<10), benign: all.slice(10..<20), random: RandomStream(seed: 1))
        let error = try #require(throws: NamedValuesError.self) { try MonitorSpec("novelty").monitor(few) }
        #expect(error.description.contains("at least 19 benign queries"))
        #expect(throws: NamedValuesError.self) {
            try MonitorSpec("novelty").monitor(MonitorMaterial(random: RandomStream(seed: 1)))
        }
    }
}
