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

    /// Texts of 20 tokens in a language with two successors per token.
    private func language(_ count: Int, _ seed: UInt64) -> Records {
        let texts = (0..<count).map { text in
            RandomStream(seed: seed)[text].coinFlips(19).reduce(into: [Int32(1)]) {
                $0.append(($0[$0.count - 1] * 3 + ($1 ? 1 : 2)) % 31)
            }
        }
        return Records(tokens: texts.flatMap(\.self), window: 20)
    }

    /// Texts of no language.
    private func random(_ count: Int, length: Int) -> [[Int32]] {
        (0..<count).map { RandomStream(seed: 4)[$0].words(length).map { Int32($0 % 31) } }
    }

    private func textWatches() throws -> AccountWatches {
        try AccountWatches(
            [MonitorSpec("novelty")],
            MonitorMaterial(reference: language(60, 1), benign: language(200, 2), random: RandomStream(seed: 1)))
    }

    private func report(_ prompts: [[Int32]], choices: Int = 1, _ watch: AccountWatch) throws -> WatchReport {
        var query = CompletionQuery(prompts: prompts, maxTokens: 1)
        query.choices = choices
        _ = try MonitoredService(Oracle(answers: [.complete: .completions([])]), watch).answer(.complete(query))
        return watch.report
    }

    @Test("Texts of unseen 4-grams raise the alarm, and texts like the benign ones do not")
    func texts() throws {
        let watches = try textWatches()
        #expect(try report(language(60, 3).texts, watches["benign"]).alarms.isEmpty)
        #expect(try report(random(60, length: 20), watches["thief"]).alarms.count == 1)
    }

    @Test("However many continuations of a novel prompt are asked for, it is one novel query, and all are counted")
    func choices() throws {
        let watches = try textWatches()
        let once = try report(random(1, length: 20), choices: 128, watches["curious"])
        #expect(once == WatchReport(queries: 128, alarms: []))
        let (plain, many) = try (
            report(random(60, length: 20), watches["one"]), report(random(60, length: 20), choices: 16, watches["many"])
        )
        // The alarm comes at the same prompt, at the first of its continuations.
        let prompt = try #require(plain.alarms.first?.query)
        #expect(many.alarms.map(\.query) == [16 * (prompt - 1) + 1] && many.queries == 960)
    }

    @Test("Texts shorter than a gram are compared whole: unseen ones raise the alarm, and beginnings do not")
    func short() throws {
        let watches = try textWatches()
        #expect(try report(random(60, length: 3), watches["thief"]).alarms.count == 1)
        #expect(try report(language(60, 3).texts.map { Array($0.prefix(3)) }, watches["benign"]).alarms.isEmpty)
    }

    @Test("A monitor that could call no text novel is refused")
    func blind() throws {
        let strange = Records(tokens: random(60, length: 20).flatMap(\.self), window: 20)
        let material = MonitorMaterial(
            reference: strange, benign: language(200, 2), random: RandomStream(seed: 1))
        let error = try #require(throws: NamedValuesError.self) { try MonitorSpec("novelty").monitor(material) }
        #expect(error.description.contains("reference texts that share 4-grams"))
    }

    @Test("The fewest queries to an alarm are those of an account whose every query is novel")
    func least() throws {
        let watches = try Self.watches.get()
        let least = try #require(watches.leastQueries["novelty=0.05"])
        #expect(try report(Traffic.noise(40, seed: 9), "first").alarms.map(\.query) == [least])
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
