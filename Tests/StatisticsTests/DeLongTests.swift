import Foundation
import TestSupport
import Testing

@testable import Statistics

@Suite struct DeLongTests {
    @Test("The variance equals the one from all placements, computed naively")
    func naive() throws {
        var generator = SplitMix64(seed: 21)
        for _ in 0..<30 {
            let (scores, isMember) = tiedCandidates(35, using: &generator)
            let members = scores.indices.filter { isMember[$0] }.map { scores[$0] }
            let others = scores.indices.filter { !isMember[$0] }.map { scores[$0] }
            func wins(_ a: Double, _ b: Double) -> Double { a > b ? 1 : a == b ? 0.5 : 0 }
            let ofMembers = members.map { x in Moments(of: others.map { wins(x, $0) }).mean }
            let ofOthers = others.map { y in Moments(of: members.map { wins($0, y) }).mean }
            let expected =
                Moments(of: ofMembers).sampleVariance / Double(members.count)
                + Moments(of: ofOthers).sampleVariance / Double(others.count)
            let variance = try #require(try ROC(scores: scores, isMember: isMember).delongVariance)
            #expect(isClose(variance, expected, within: 1e-12))
        }
    }

    @Test("The interval is symmetric on the logit scale with DeLong's standard error")
    func logit() throws {
        var generator = SplitMix64(seed: 22)
        let (scores, isMember) = tiedCandidates(200, using: &generator)
        let roc = try ROC(scores: scores, isMember: isMember)
        let interval = roc.aucEstimate(confidence: 0.95).interval
        func logit(_ x: Double) -> Double { log(x / (1 - x)) }
        #expect(isClose(logit(interval.upper) + logit(interval.lower), 2 * logit(roc.auc), within: 1e-12))
        let standardError = try #require(roc.delongVariance).squareRoot() / (roc.auc * (1 - roc.auc))
        let width = 2 * normalQuantile(0.975) * standardError
        #expect(isClose(logit(interval.upper) - logit(interval.lower), width, within: 1e-12))
    }

    @Test("Perfect separation has a lower limit below 1, and an inverted one an upper limit above 0")
    func separation() throws {
        let scores = (0..<30).map(Double.init)
        let perfect = try ROC(scores: scores, isMember: scores.map { $0 >= 20 }).aucEstimate(confidence: 0.95)
        #expect(perfect.value == 1)
        #expect(perfect.interval.upper == 1)
        #expect(isClose(perfect.interval.lower, pow(0.025, 0.1), within: 1e-11))
        let inverted = try ROC(scores: scores, isMember: scores.map { $0 < 10 }).aucEstimate(confidence: 0.95)
        #expect(inverted.value == 0)
        #expect(isClose(inverted.interval.upper, 1 - pow(0.025, 0.1), within: 1e-11))
    }

    @Test("Equal scores and a single member still have a width")
    func degenerate() throws {
        let constant = try ROC(scores: [1, 1, 1, 1], isMember: [true, true, false, false]).aucEstimate(confidence: 0.9)
        #expect(constant.value == 0.5)
        #expect(constant.interval.lower < 0.1 && constant.interval.upper > 0.9)
        let single = try ROC(scores: [2, 3, 1], isMember: [true, false, false]).aucEstimate(confidence: 0.9)
        #expect(single.value == 0.5)
        #expect(single.interval.lower < 0.1 && single.interval.upper > 0.9)
    }

    @Test("The 95 % interval covers the true area of two normals at every distance; a wrong area is left out")
    func coverage() throws {
        var generator = SplitMix64(seed: 23)
        func normal() -> Double { normalQuantile(Double.random(in: 0x1p-53..<1, using: &generator)) }
        let isMember = (0..<150).map { $0 < 60 }
        for distance in [0, 1, 2.5] {
            let truth = normalCDF(distance / 2.0.squareRoot())
            let wrong = truth - 0.2
            var (covered, controls) = (0, 0)
            for _ in 0..<1000 {
                let scores = isMember.map { normal() + ($0 ? distance : 0) }
                let interval = try ROC(scores: scores, isMember: isMember).aucEstimate(confidence: 0.95).interval
                covered += interval.contains(truth) ? 1 : 0
                controls += interval.contains(wrong) ? 1 : 0
            }
            // 950 ± 3.3 standard deviations: level 1e-3.
            #expect((927...973).contains(covered), "\(distance): \(covered)")
            #expect(controls < 60, "\(distance): \(controls)")
        }
    }
}
