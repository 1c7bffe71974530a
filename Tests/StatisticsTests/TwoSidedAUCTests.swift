import TestSupport
import Testing

@testable import Statistics

@Suite struct TwoSidedAUCTests {
    @Test("An attack and its negation have the same two-sided area, and each end of the interval is mirrored")
    func mirrored() throws {
        var generator = SplitMix64(seed: 61)
        for count in [20, 60, 400] {
            let (scores, isMember) = tiedCandidates(count, using: &generator)
            let roc = try ROC(scores: scores, isMember: isMember)
            let (two, one) = (roc.twoSidedAUC(confidence: 0.95), roc.aucEstimate(confidence: 0.95))
            let negated = try ROC(scores: scores.map(-), isMember: isMember).twoSidedAUC(confidence: 0.95)
            #expect(isClose(two.value, negated.value, within: 1e-13))
            #expect(isClose(two.interval.lower, negated.interval.lower, within: 1e-9))
            #expect(isClose(two.interval.upper, negated.interval.upper, within: 1e-9))
            #expect(two.value == max(one.value, 1 - one.value))
            if one.interval.lower > 0.5 { #expect(two.interval == one.interval) }
        }
    }

    @Test("Random scores average above one half, which is why the number is optimistic, and the interval starts there")
    func optimistic() throws {
        var generator = SplitMix64(seed: 62)
        let isMember = (0..<40).map { $0 < 20 }
        var (values, atHalf) = ([Double](), 0)
        for _ in 0..<300 {
            let roc = try ROC(
                scores: isMember.map { _ in Double.random(in: 0..<1, using: &generator) }, isMember: isMember)
            let estimate = roc.twoSidedAUC(confidence: 0.95)
            values.append(estimate.value)
            atHalf += estimate.interval.lower == 0.5 ? 1 : 0
        }
        // The mean of |AUC − ½| is √(2/π) of its standard deviation, which is 0.092 here.
        #expect(abs(Moments(of: values).mean - 0.574) < 0.012)
        #expect((268...297).contains(atHalf))
    }
}
