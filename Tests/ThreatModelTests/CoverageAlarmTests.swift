import Models
import Tensors
import Testing
import ThreatModel

@Suite struct CoverageAlarmTests {
    /// Benign accounts ask about two classes each; a thief asks about all.
    private func account(_ seed: UInt64, classes: Int, count: Int) throws -> Records {
        let all = try Traffic.fashion.get()
        let own = Set(RandomStream(seed: seed)["classes"].permutation(10).prefix(classes).map(Int32.init))
        let order = RandomStream(seed: seed)["order"].permutation(all.count)
        return all.gather(Array(order.lazy.filter { own.contains(all.labels?[$0] ?? -1) }.prefix(count)))
    }

    private func watches(_ setting: String, accounts: Int) throws -> AccountWatches {
        let benign = try (0..<accounts).map { try account(1000 + UInt64($0), classes: 2, count: 50) }
        let features = Tensor.concatenatedRows(benign.compactMap(\.features))
        let material = MonitorMaterial(
            reference: try Traffic.fashion.get().slice(0..<600), benign: Records(features: features), lifetime: 50,
            random: RandomStream(seed: 2))
        return try AccountWatches([MonitorSpec(setting)], material)
    }

    @Test("Benign accounts of 1,000 queries keep the stated rate, and one that asks about everything does not")
    func coverage() throws {
        let watches = try watches("coverage=0.1,16", accounts: 19)
        let reports = try (UInt64(0)..<20).map { seed in
            try Traffic.watched(account(seed, classes: 2, count: 1000), watches["\(seed)"])
        }
        #expect(reports.allSatisfy { $0.queries > 800 })
        // The 99.9 % quantile of a binomial of 20 at 0.1 is 7; the limit itself is drawn with 19 accounts.
        #expect(reports.count { !$0.alarms.isEmpty } <= 7)
        let thieves = try (UInt64(50)..<55).map {
            try Traffic.watched(account($0, classes: 10, count: 400), watches["thief \($0)"])
        }
        #expect(thieves.allSatisfy { $0.alarms.count == 1 })
    }

    @Test("Accounts that ask as the benign ones did, however long, keep the stated rate (200 of 2,000 queries)")
    func exchangeable() throws {
        // Queries on a line of 40 cells, drawn alike for everybody.
        func queries(_ count: Int, _ random: RandomStream) -> [Float] {
            random.uniforms(count).map { Float(Int(40 * $0 * $0)) }
        }
        func records(_ rows: [Float]) -> Records { Records(features: Tensor(rows, shape: [rows.count, 1])) }
        let material = MonitorMaterial(
            reference: records((0..<80).map { Float($0 / 2) }),
            benign: records(queries(39 * 20, RandomStream(seed: 4))), lifetime: 20, random: RandomStream(seed: 3))
        let fresh = try MonitorSpec("coverage=0.05,40").monitor(material)
        let alarmed = (0..<200).count { account in
            var monitor = fresh
            return queries(2000, RandomStream(seed: 5)[account]).contains {
                monitor.observe(ObservedQuery(.encode, .vector([$0]))) != nil
            }
        }
        // The 99.9 % quantile of a binomial of 200 at 0.05 is 21.
        #expect(alarmed <= 21)
        var thief = fresh
        let alarm = (0..<400).firstIndex { thief.observe(ObservedQuery(.encode, .vector([Float($0 % 40)]))) != nil }
        #expect(alarm == fresh.leastQueries - 1)
    }

    @Test("Of texts the distinct tokens count")
    func tokens() throws {
        let benign = Records(tokens: (0..<400).map { Int32($0 / 20 % 5) }, window: 10)
        let material = MonitorMaterial(
            reference: benign, benign: benign, lifetime: 4, random: RandomStream(seed: 1))
        var monitor = try MonitorSpec("coverage=0.2").monitor(material)
        // Four texts of ten tokens are of two different tokens; three tokens make a wide span of any length up to four.
        let least = monitor.leastQueries
        for _ in 1..<least { #expect(monitor.observe(ObservedQuery(.complete, .text([7, 8, 9]))) == nil) }
        #expect(monitor.observe(ObservedQuery(.complete, .text([7, 7, 8]))) == nil)
        #expect(monitor.observe(ObservedQuery(.complete, .text([8]))) == nil)
        #expect(
            monitor.observe(ObservedQuery(.complete, .text([9])))?
                .hasPrefix("\(least) of \(least) spans of at most 4 queries cover more than 2 tokens, where ") == true)
    }

    @Test("A partition that benign accounts cover whole is refused, as nobody can cover more")
    func blind() throws {
        let error = try #require(throws: NamedValuesError.self) { try watches("coverage=0.1,2", accounts: 19) }
        #expect(error.description.contains("more than 2 cells or a shorter lifetime"))
    }

    @Test("Too few benign accounts are told, with how many there must be")
    func few() throws {
        let error = try #require(throws: NamedValuesError.self) { try watches("coverage=0.01", accounts: 5) }
        #expect(error.description.contains("99 benign accounts of 50 queries"))
    }

    @Test("Records of different widths, or a lifetime of none, are told")
    func material() throws {
        func error(_ benign: [Int], lifetime: Int) throws -> String {
            let material = MonitorMaterial(
                reference: Records(features: .zeros([70, 3])), benign: Records(features: .zeros(benign)),
                lifetime: lifetime, random: RandomStream(seed: 1))
            return try #require(throws: NamedValuesError.self) { try MonitorSpec("coverage").monitor(material) }
                .description
        }
        #expect(try error([40, 2], lifetime: 1).contains("of one kind and width"))
        #expect(try error([40, 3], lifetime: 0).contains("at least 1 query"))
        #expect(try error([40, 3], lifetime: -3).contains("at least 1 query"))
    }
}
