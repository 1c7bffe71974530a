import TestSupport
import Testing

@testable import Statistics

@Suite struct StratifiedBootstrapTests {
    @Test("The acceleration is that of leaving out each record, computed naively in both samples")
    func acceleration() throws {
        var generator = SplitMix64(seed: 71)
        for _ in 0..<10 {
            let (scores, isMember) = tiedCandidates(25, using: &generator)
            let roc = try ROC(scores: scores, isMember: isMember)
            var (squares, cubes) = (0.0, 0.0)
            for left in scores.indices {
                let kept = scores.indices.filter { $0 != left }
                let rest = try ROC(scores: kept.map { scores[$0] }, isMember: kept.map { isMember[$0] })
                let count = Double(isMember[left] ? roc.members : roc.nonMembers)
                let influence = (count - 1) * (roc.auc - rest.auc) / count
                squares += influence * influence
                cubes += influence * influence * influence
            }
            let expected = cubes / (6 * squares * squares.squareRoot())
            #expect(isClose(roc.stratifiedAcceleration, expected, within: 1e-6))
        }
    }

    @Test("For many candidates it agrees with DeLong's interval, and the same seed gives the same one")
    func agreesWithDeLong() throws {
        var generator = SplitMix64(seed: 72)
        let (scores, isMember) = tiedCandidates(1200, using: &generator)
        let roc = try ROC(scores: scores, isMember: isMember)
        let delong = roc.aucEstimate(confidence: 0.95)
        var (first, second) = (SplitMix64(seed: 73), SplitMix64(seed: 73))
        let estimate = try roc.aucEstimate(confidence: 0.95, by: Bootstrap(), using: &first)
        #expect(try estimate == roc.aucEstimate(confidence: 0.95, by: Bootstrap(), using: &second))
        #expect(estimate.value == delong.value)
        #expect(abs(estimate.interval.lower - delong.interval.lower) < 0.004)
        #expect(abs(estimate.interval.upper - delong.interval.upper) < 0.004)
    }

    @Test("Resampling apart keeps both counts: with one kind constant only the other moves the area")
    func apart() throws {
        // Members score 0 or 2, non-members 1: the area is the share of members at 2, of which there are 8 in 10.
        let scores = [2.0, 2, 2, 2, 2, 2, 2, 2, 0, 0] + [Double](repeating: 1, count: 5)
        let roc = try ROC(scores: scores, isMember: scores.indices.map { $0 < 10 })
        var generator = SplitMix64(seed: 74)
        let estimate = try roc.aucEstimate(confidence: 0.9, by: Bootstrap(replicates: 4000), using: &generator)
        #expect(estimate.value == 0.8)
        // Multiples of a tenth, as a binomial's quantiles are.
        #expect(isClose(estimate.interval.upper * 10, (estimate.interval.upper * 10).rounded(), within: 1e-12))
        #expect(estimate.interval.lower >= 0.4 && estimate.interval.lower <= 0.6)
    }

    @Test("A single member has no bootstrap")
    func single() throws {
        let roc = try ROC(scores: [1, 2, 3], isMember: [true, false, false])
        var generator = SplitMix64(seed: 75)
        #expect(throws: StatisticsError.tooFew(needed: 2, found: 1)) {
            try roc.aucEstimate(confidence: 0.9, by: Bootstrap(replicates: 10), using: &generator)
        }
    }
}
