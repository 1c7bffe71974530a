import Testing
import ThreatModel

@testable import Attacks

@Suite struct PooledGapTests {
    @Test("By hand: one gap and two variances for all records")
    func byHand() throws {
        // Gaps 10 and 2, pooled 6. Squared deviations: IN 1, 1 | 1, 1 with 2 degrees of freedom left: σ² = 2; OUT 4·4/2 = 8.
        let shadows = try ShadowView(
            signals: [[9, 1], [11, 3], [-2, -2], [2, 2]],
            membership: [[true, true], [true, true], [false, false], [false, false]])
        let scores = try PooledGap().scores(SignalTable(target: [6, 0], shadows: shadows))
        // −½·0 − ln √2 + ½·36/8 + ln √8 and −½·36/2 − … + 0.
        let ln2 = 0.6931471805599453
        #expect(largestError(scores, [2.25 + ln2, -9 + ln2]) < 1e-12)
    }

    @Test("A record that was never IN has a score, one that was never OUT has none")
    func sides() throws {
        let shadows = try ShadowView(
            signals: [[9, 1], [1, 0], [0, 2]], membership: [[true, false], [false, false], [false, false]])
        #expect(try PooledGap().scores(SignalTable(target: [6, 0], shadows: shadows)).allSatisfy { $0.isFinite })
        let onlyIn = try ShadowView(signals: [[9]], membership: [[true]])
        #expect(throws: ThreatModelError.tooFewShadows(record: 0, members: 1, nonMembers: 0, needed: 1)) {
            try PooledGap().scores(SignalTable(target: [6], shadows: onlyIn))
        }
    }

    @Test("Where gaps are equal and records have few models, it beats LiRA, whose own gaps are noise")
    func beatsLiRA() throws {
        let pool = SimulatedPool(records: 4000, shadows: 6, gap: 1, seed: 5)
        let table = try pool.table()
        #expect(try pool.auc(PooledGap().scores(table)) > pool.auc(LiRA().scores(table)) + 0.02)
    }
}
