import Foundation
import TestSupport
import Testing

@testable import Statistics

@Suite struct ClusteredROCTests {
    private struct Pool {
        var scores: [[Double]] = []
        var isMember: [[Bool]] = []

        func leavingOut(_ target: Int) -> (scores: [Double], isMember: [Bool]) {
            let kept = scores.indices.filter { $0 != target }
            return (kept.flatMap { scores[$0] }, kept.flatMap { isMember[$0] })
        }

        func clustered() throws -> ClusteredROC { try ClusteredROC(scores: scores, isMember: isMember) }
    }

    private func tiedPool(_ targets: Int, _ count: Int, using generator: inout SplitMix64) -> Pool {
        var pool = Pool()
        for _ in 0..<targets {
            let (scores, isMember) = tiedCandidates(count, using: &generator)
            pool.scores.append(scores)
            pool.isMember.append(isMember)
        }
        return pool
    }

    @Test(
        "Area, rates and thresholds are those of the pooled scores, and each one's standard error the naive jackknife's"
    )
    func naive() throws {
        var generator = SplitMix64(seed: 81)
        for _ in 0..<20 {
            let pool = tiedPool(5, 18, using: &generator)
            let clustered = try pool.clustered()
            let pooled = try ROC(scores: pool.scores.flatMap(\.self), isMember: pool.isMember.flatMap(\.self))
            #expect(clustered.auc == pooled.auc)
            let rests = try (0..<5).map { target in
                let rest = pool.leavingOut(target)
                return try ROC(scores: rest.scores, isMember: rest.isMember)
            }
            func jackknife(_ values: [Double]) -> Double {
                let mean = values.reduce(0, +) / 5
                return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * 4 / 5).squareRoot()
            }
            let area = clustered.aucEstimate(confidence: 0.95)
            #expect(area.estimate.value == pooled.auc)
            #expect(isClose(area.standardError, jackknife(rests.map(\.auc)), within: 1e-10))
            for target in [0, 0.05, 0.1, 0.3, 1] {
                let found = clustered.operatingPoint(atFalsePositiveRate: target, confidence: 0.95)
                let expected = pooled.operatingPoint(atFalsePositiveRate: target, confidence: 0.95)
                #expect(found.point.truePositiveRate.value == expected.truePositiveRate.value)
                #expect(found.point.falsePositiveRate == expected.falsePositiveRate)
                #expect(found.point.threshold == expected.threshold)
                #expect(found.point.resolution == expected.resolution)
                let points = rests.map { $0.operatingPoint(atFalsePositiveRate: target, confidence: 0.95) }
                let error = jackknife(points.map(\.truePositiveRate.value))
                #expect(abs(found.standardError - error) < 1e-12)
                let transfers = clustered.transfers(falsePositiveRate: target, confidence: 0.95)
                #expect(transfers.map(\.threshold) == points.map(\.threshold))
                #expect(transfers.map(\.calibrationNonMembers) == rests.map(\.nonMembers))
            }
        }
    }

    @Test("The interval is Student's on the logit scale")
    func logit() throws {
        var generator = SplitMix64(seed: 82)
        let area = try tiedPool(4, 30, using: &generator).clustered().aucEstimate(confidence: 0.9)
        func logit(_ x: Double) -> Double { log(x / (1 - x)) }
        let value = area.estimate.value
        let halfWidth = studentQuantile(twoSided: 0.1, degreesOfFreedom: 3) * area.standardError / (value * (1 - value))
        #expect(isClose(logit(area.estimate.interval.upper), logit(value) + halfWidth, within: 1e-10))
        #expect(isClose(logit(area.estimate.interval.lower), logit(value) - halfWidth, within: 1e-10))
    }

    @Test("A rate of 0 and a perfect area have the width that the candidates of one target give")
    func ends() throws {
        let pool = Pool(
            scores: [[Double]](repeating: [1, 2, 3, 4], count: 3),
            isMember: [[Bool]](repeating: [true, true, false, false], count: 3))
        let rate = try pool.clustered().operatingPoint(atFalsePositiveRate: 0, confidence: 0.95)
        #expect(rate.standardError == 0 && rate.point.truePositiveRate.value == 0)
        #expect(rate.point.truePositiveRate.interval == .clopperPearson(successes: 0, trials: 2, confidence: 0.95))
        let perfect = try Pool(
            scores: pool.scores, isMember: pool.isMember.map { $0.map { !$0 } }
        ).clustered().aucEstimate(confidence: 0.95)
        #expect(perfect.estimate.value == 1)
        #expect(perfect.estimate.interval == .clopperPearson(successes: 2, trials: 2, confidence: 0.95))
    }

    @Test("Means over targets compare each target with itself, so shifts between targets do not matter to them")
    func means() throws {
        var generator = SplitMix64(seed: 83)
        var pool = tiedPool(6, 40, using: &generator)
        let areas = try zip(pool.scores, pool.isMember).map { try ROC(scores: $0, isMember: $1).auc }
        let expected = try meanInterval(areas, confidence: 0.95)
        #expect(try pool.clustered().meanAUC(confidence: 0.95) == expected)
        for target in pool.scores.indices {
            pool.scores[target] = pool.scores[target].map { $0 + 100 * Double(target) }
        }
        let shifted = try pool.clustered()
        #expect(try shifted.meanAUC(confidence: 0.95) == expected)
        #expect(shifted.auc < expected.value - 0.05)
        #expect(try shifted.meanTruePositiveRate(atFalsePositiveRate: 0.01, confidence: 0.95) == nil)
        let rates = shifted.targets.map {
            $0.operatingPoint(atFalsePositiveRate: 0.2, confidence: 0.95).truePositiveRate.value
        }
        let rate = try #require(try shifted.meanTruePositiveRate(atFalsePositiveRate: 0.2, confidence: 0.95))
        #expect(isClose(rate.value, Moments(of: rates).mean, within: 1e-14))
    }

    /// Each target is better or worse as a whole, which is what pooling must not forget.
    private func leakyPool(_ targets: Int, _ count: Int, using generator: inout SplitMix64) -> Pool {
        func normal() -> Double { normalQuantile(Double.random(in: 0x1p-53..<1, using: &generator)) }
        var pool = Pool()
        for _ in 0..<targets {
            let strength = 1 + 0.5 * normal()
            let isMember = (0..<count).map { $0 % 2 == 0 }
            pool.scores.append(isMember.map { normal() + ($0 ? strength : 0) })
            pool.isMember.append(isMember)
        }
        return pool
    }

    @Test(
        "With targets that differ, nine in ten 90 % intervals cover the truth; treating candidates as independent does not"
    )
    func coverage() throws {
        var generator = SplitMix64(seed: 84)
        // Over random strengths N(1, ½²) the difference of a member and a non-member is N(1, 2.25).
        let area = normalCDF(1 / 2.25.squareRoot())
        let rate = normalCDF((1 - normalQuantile(0.9)) / 1.25.squareRoot())
        var (areas, rates, naive) = (0, 0, 0)
        for _ in 0..<400 {
            let pool = leakyPool(8, 120, using: &generator)
            let clustered = try pool.clustered()
            areas += clustered.aucEstimate(confidence: 0.9).estimate.interval.contains(area) ? 1 : 0
            let point = clustered.operatingPoint(atFalsePositiveRate: 0.1, confidence: 0.9).point
            rates += point.truePositiveRate.interval.contains(rate) ? 1 : 0
            let pooled = try ROC(scores: pool.scores.flatMap(\.self), isMember: pool.isMember.flatMap(\.self))
            naive += pooled.aucEstimate(confidence: 0.9).interval.contains(area) ? 1 : 0
        }
        // 360 ± 3.3 standard deviations: level 1e-3. The rate's jackknife is a little rough.
        #expect((340...380).contains(areas), "\(areas)")
        #expect((332...388).contains(rates), "\(rates)")
        #expect(naive < 260, "\(naive)")
    }

    @Test("Two targets at least, each with both kinds of candidates")
    func refusals() {
        #expect(throws: StatisticsError.tooFew(needed: 2, found: 1)) {
            try ClusteredROC(scores: [[1, 2]], isMember: [[true, false]])
        }
        #expect(throws: StatisticsError.countsDiffer(scores: 2, labels: 1)) {
            try ClusteredROC(scores: [[1, 2], [1, 2]], isMember: [[true, false]])
        }
        #expect(throws: StatisticsError.noMember) {
            try ClusteredROC(scores: [[1, 2], [1, 2]], isMember: [[true, false], [false, false]])
        }
    }
}
