import Statistics
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct LiRATests {
    private static let golden: [(LiRA.Variance, LiRA.Centre, String)] = [
        (.perRecord, .mean, "per_example"), (.pooled, .mean, "fixed_pooled"), (.grand, .mean, "fixed_raw"),
    ]

    @Test("Online scores are the golden ones", arguments: golden + [(.perRecord, .median, "per_example_median")])
    func online(variance: LiRA.Variance, centre: LiRA.Centre, name: String) throws {
        let golden = try AttackGolden()
        let scores = try LiRA(variance: variance, centre: centre).scores(
            SignalTable(target: golden.target(), shadows: golden.shadows()))
        #expect(try largestError(scores, golden.expected("lira_online_\(name)")) < 1e-9)
    }

    @Test("The goldens tell the variants apart, so agreeing with one of them means something")
    func goldensDiffer() throws {
        let golden = try AttackGolden()
        let names = Self.golden.map { "lira_online_\($0.2)" } + ["lira_online_per_example_median"]
        for a in names {
            for b in names where a != b {
                #expect(try largestError(golden.expected(a), golden.expected(b)) > 1e-3)
            }
        }
    }

    @Test("Complementing the membership of all shadows negates the online scores", arguments: LiRA.Variance.allCases)
    func complemented(variance: LiRA.Variance) throws {
        let golden = try AttackGolden()
        let (target, shadows) = try (golden.target(), golden.shadows())
        let complement = try ShadowView(
            signals: shadows.signals, membership: shadows.membership.map { $0.map { !$0 } })
        for centre in [LiRA.Centre.mean, .median] {
            let scores = try LiRA(variance: variance, centre: centre).scores(
                SignalTable(target: target, shadows: shadows))
            let negated = try LiRA(variance: variance, centre: centre).scores(
                SignalTable(target: target, shadows: complement))
            #expect(negated == scores.map { -$0 })
        }
    }

    @Test("With one deviation for all, the score is linear in the target's signal (by hand)")
    func byHand() throws {
        // Deviations from each record's own mean: IN ±1 and ±1, OUT ±2 and ±2.
        let shadows = try ShadowView(
            signals: [[9, 1], [11, 3], [-2, -4], [2, 0]],
            membership: [[true, true], [true, true], [false, false], [false, false]])
        let table = SignalTable(target: [10, -2], shadows: shadows)
        let scores = try LiRA().scores(table)
        // −½(x−µ)²/σ² − ln σ on each side: IN µ 10 and 2, σ 1; OUT µ 0 and −2, σ 2.
        let ln2 = 0.6931471805599453
        #expect(largestError(scores, [0 + 12.5 + ln2, -8 - 0 + ln2]) < 1e-12)
        #expect(try OfflineLiRA().scores(table) == [5, 0])
        #expect(try OfflineLiRA(score: .probability).scores(table)[1] == 0.5)
    }

    @Test("Too few models on a side that is needed are an error that counts them")
    func tooFew() throws {
        let signals = (0..<8).map { [Double($0), Double($0)] }
        let shadows = try ShadowView(
            signals: signals, membership: (0..<8).map { [$0 % 2 == 0, $0 < 3] })
        let error = ThreatModelError.tooFewShadows(record: 1, members: 3, nonMembers: 5, needed: 4)
        #expect(throws: error) {
            try LiRA(variance: .perRecord).scores(SignalTable(target: [0, 0], shadows: shadows))
        }
        #expect(try OfflineLiRA(variance: .perRecord).scores(SignalTable(target: [0, 0], shadows: shadows)).count == 2)
        #expect(try LiRA().scores(SignalTable(target: [0, 0], shadows: shadows)).count == 2)
        let noMember = try ShadowView(signals: signals, membership: (0..<8).map { [$0 % 2 == 0, false] })
        #expect(throws: ThreatModelError.tooFewShadows(record: 1, members: 0, nonMembers: 8, needed: 1)) {
            try LiRA().scores(SignalTable(target: [0, 0], shadows: noMember))
        }
        #expect(try OfflineLiRA().scores(SignalTable(target: [0, 0], shadows: noMember)).count == 2)
    }

    /// The shadows as arrays of a file, with their moments measured from the target.
    private func columns(_ shadows: ShadowView, from target: [Double]) throws -> GroupedColumns {
        let shape = [shadows.signals.count, target.count]
        let marks = shadows.membership.flatMap { $0.map { UInt8($0 ? 1 : 0) } }
        return try Safetensors.Array(shadows.signals.flatMap(\.self), shape: shape)
            .grouped(by: Safetensors.Array(marks, shape: shape), origin: target)
    }

    @Test("Moments of a pool give the scores that its numbers give, and so the golden ones", arguments: golden)
    func moments(variance: LiRA.Variance, centre: LiRA.Centre, name: String) throws {
        let golden = try AttackGolden()
        let (target, shadows) = try (golden.target(), golden.shadows())
        let pool = try columns(shadows, from: target)
        let scores = try LiRA.scores(pool, variance: variance)
        let expected = try LiRA(variance: variance).scores(SignalTable(target: target, shadows: shadows))
        #expect(largestError(scores, expected) < 1e-9)
        #expect(try largestError(scores, golden.expected("lira_online_\(name)")) < 1e-9)
        // With the other sign of the signal the ratio is the same.
        let negated = try ShadowView(
            signals: shadows.signals.map { $0.map { -$0 } }, membership: shadows.membership)
        let opposite = target.map { -$0 }
        let turned = try LiRA.scores(columns(negated, from: opposite), variance: variance)
        #expect(largestError(turned, expected) < 1e-9)
    }

    @Test("Moments of a pool with too few models on a side are the same error as its numbers")
    func tooFewMoments() throws {
        let target = [0.5, 1.5]
        let signals = (0..<8).map { [Double($0), Double($0)] }
        let shadows = try ShadowView(signals: signals, membership: (0..<8).map { [$0 % 2 == 0, $0 < 3] })
        let pool = try columns(shadows, from: target)
        #expect(throws: ThreatModelError.tooFewShadows(record: 1, members: 3, nonMembers: 5, needed: 4)) {
            try LiRA.scores(pool, variance: .perRecord)
        }
        for variance in [LiRA.Variance.pooled, .grand] {
            let expected = try LiRA(variance: variance).scores(SignalTable(target: target, shadows: shadows))
            #expect(largestError(try LiRA.scores(pool, variance: variance), expected) < 1e-12)
        }
        for (mark, members) in [(false, 0), (true, 8)] {
            let oneSided = try ShadowView(signals: signals, membership: (0..<8).map { [$0 % 2 == 0, mark] })
            let pool = try columns(oneSided, from: target)
            #expect(
                throws: ThreatModelError.tooFewShadows(record: 1, members: members, nonMembers: 8 - members, needed: 1)
            ) { try LiRA.scores(pool, variance: .pooled) }
        }
    }

    @Test("Shadows without any spread give finite scores")
    func noSpread() throws {
        let shadows = try ShadowView(
            signals: [[1, 2], [1, 2], [1, 2], [1, 2]],
            membership: [[true, false], [true, false], [false, true], [false, true]])
        for variance in [LiRA.Variance.pooled, .grand] {
            let scores = try LiRA(variance: variance).scores(SignalTable(target: [1, 2], shadows: shadows))
            #expect(scores.allSatisfy { $0.isFinite })
        }
    }

    @Test("A target of other candidates than the shadows' is refused")
    func mismatch() throws {
        let shadows = try AttackGolden().shadows()
        #expect(throws: ThreatModelError.self) {
            try LiRA().scores(SignalTable(target: [1, 2, 3], shadows: shadows))
        }
        #expect(throws: ThreatModelError.self) {
            try OfflineLiRA().scores(
                SignalTable(target: [1], shadows: ShadowView(signals: [], membership: [])))
        }
    }
}
