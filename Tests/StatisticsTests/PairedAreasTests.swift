import TestSupport
import Testing

@testable import Statistics

@Suite struct PairedAreasTests {
    private let truth = (0..<40).map { $0 < 15 }

    /// Scores that tell members by `shift`, with a noise in common and one of their own.
    private func scores(_ seed: UInt64, shift: Double, common: [Double]) -> [Double] {
        var generator = SplitMix64(seed: seed)
        return truth.indices.map { index in
            common[index] + 0.2 * Double.random(in: -1...1, using: &generator) + (truth[index] ? shift : 0)
        }
    }

    private func common(_ seed: UInt64) -> [Double] {
        var generator = SplitMix64(seed: seed)
        return truth.map { _ in Double.random(in: -1...1, using: &generator) }
    }

    @Test("The difference is that of the areas, and changes its sign with the order")
    func difference() throws {
        let common = common(1)
        let (a, b) = (scores(2, shift: 0.8, common: common), scores(3, shift: 0.1, common: common))
        let found = try areaDifference(a, minus: b, isMember: truth, confidence: 0.95)
        let expected = try ROC(scores: a, isMember: truth).auc - ROC(scores: b, isMember: truth).auc
        #expect(abs(found.value - expected) < 1e-12)
        let back = try areaDifference(b, minus: a, isMember: truth, confidence: 0.95)
        #expect(abs(back.value + found.value) < 1e-12 && abs(back.interval.lower + found.interval.upper) < 1e-12)
    }

    @Test("Against scores that say nothing, the interval is that of DeLong's variance of one area (10⁻¹²)")
    func single() throws {
        let a = scores(7, shift: 0.4, common: common(8))
        let nothing = truth.map { _ in 0.0 }
        let found = try areaDifference(a, minus: nothing, isMember: truth, confidence: 0.95)
        let roc = try ROC(scores: a, isMember: truth)
        let halfWidth = normalQuantile(0.975) * (try #require(roc.delongVariance)).squareRoot()
        #expect(abs(found.value - (roc.auc - 0.5)) < 1e-12)
        #expect(abs(found.interval.upper - found.value - halfWidth) < 1e-12)
    }

    @Test("Pairing pays: with noise in common the interval is narrower than that of two areas apart")
    func narrower() throws {
        let common = common(4)
        let (a, b) = (scores(5, shift: 0.5, common: common), scores(6, shift: 0.3, common: common))
        let paired = try areaDifference(a, minus: b, isMember: truth, confidence: 0.95).interval
        let apart = try #require(
            ROC(scores: a, isMember: truth).aucEstimate(confidence: 0.95)
                .difference(from: ROC(scores: b, isMember: truth).aucEstimate(confidence: 0.95))
        ).interval
        #expect(paired.upper - paired.lower < 0.6 * (apart.upper - apart.lower))
    }

    @Test("Of equal scores the 95 % interval misses 0 in at most 9 % of 300 draws, of unequal ones in most")
    func coverage() throws {
        var (misses, seen) = (0, 0)
        for draw in 0..<300 {
            let common = common(UInt64(100 + draw))
            let a = scores(UInt64(1000 + draw), shift: 0.3, common: common)
            let same = try areaDifference(
                a, minus: scores(UInt64(2000 + draw), shift: 0.3, common: common), isMember: truth, confidence: 0.95)
            let other = try areaDifference(
                a, minus: scores(UInt64(3000 + draw), shift: 0, common: common), isMember: truth, confidence: 0.95)
            misses += same.interval.lower > 0 || same.interval.upper < 0 ? 1 : 0
            seen += other.interval.lower > 0 ? 1 : 0
        }
        // 15 misses expected; 27 are three deviations more.
        #expect(misses <= 27 && misses >= 3, "\(misses)")
        #expect(seen > 200, "\(seen)")
    }

    @Test("Two scores that both separate perfectly differ by 0 with an interval that has a width")
    func degenerate() throws {
        let perfect = truth.map { $0 ? 1.0 : 0 }
        let found = try areaDifference(perfect, minus: perfect, isMember: truth, confidence: 0.95)
        #expect(found.value == 0 && found.interval.lower < -0.05 && found.interval.upper > 0.05)
    }

    @Test("Other numbers of scores are refused")
    func counts() {
        #expect(throws: StatisticsError.countsDiffer(scores: 1, labels: 40)) {
            try areaDifference([1], minus: [1], isMember: truth, confidence: 0.95)
        }
    }
}
