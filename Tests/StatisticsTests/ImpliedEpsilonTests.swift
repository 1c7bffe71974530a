import Foundation
import TestSupport
import Testing

@testable import Statistics

@Suite struct ImpliedEpsilonTests {
    private struct Case: Decodable {
        var tp: Int
        var fp: Int
        var npos: Int
        var nneg: Int
        var delta: Double
        var confidence: Double
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var cp_eps_lb: Double
    }

    /// Scores whose threshold at 0 flags `hits` members and `alarms` non-members, and nothing lies between.
    private func roc(hits: Int, of members: Int, alarms: Int, of nonMembers: Int) throws -> ROC {
        let scores =
            (0..<members).map { $0 < hits ? 1.0 : -1 } + (0..<nonMembers).map { $0 < alarms ? 1.0 : -1 }
        return try ROC(scores: scores, isMember: scores.indices.map { $0 < members })
    }

    @Test("At one operating point the bound is the reference's two-sided audit")
    func golden() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/audits.json")
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
        #expect(cases.count > 10)
        for item in cases {
            let roc = try roc(hits: item.tp, of: item.npos, alarms: item.fp, of: item.nneg)
            let target = Double(item.fp) / Double(item.nneg)
            let implied = roc.impliedEpsilon(
                atFalsePositiveRates: [target], delta: item.delta, confidence: item.confidence)
            #expect(isClose(implied.lowerBound, item.cp_eps_lb, within: 1e-9), "\(item): \(implied.lowerBound)")
            #expect((implied.target == nil) == (implied.lowerBound == 0))
        }
    }

    @Test("The second inequality counts: nearly all members above nearly half of the non-members")
    func mirrored() throws {
        let roc = try roc(hits: 999, of: 1000, alarms: 500, of: 1000)
        let implied = roc.impliedEpsilon(atFalsePositiveRates: [0.5], delta: 0, confidence: 0.95)
        let misses = Interval.clopperPearson(successes: 1, trials: 1000, confidence: 0.95).upper
        let alarms = Interval.clopperPearson(successes: 500, trials: 1000, confidence: 0.95).upper
        #expect(isClose(implied.lowerBound, log((1 - alarms) / misses), within: 1e-12))
        #expect(implied.lowerBound > 4)
    }

    @Test("More operating points share the error probability, and the best is named")
    func bonferroni() throws {
        let roc = try roc(hits: 500, of: 1000, alarms: 10, of: 1000)
        let one = roc.impliedEpsilon(atFalsePositiveRates: [0.01], delta: 0, confidence: 0.99)
        let two = roc.impliedEpsilon(atFalsePositiveRates: [0.0005, 0.01], delta: 0, confidence: 0.98)
        #expect(isClose(one.lowerBound, two.lowerBound, within: 1e-9))
        #expect(two.target == 0.01)
    }

    @Test(
        "A delta above the hit rate explains everything, and rates without an interval give the logarithm of their ratio"
    )
    func delta() {
        let bound = ImpliedEpsilon.bound
        #expect(isClose(bound(0.5, 0.1, 0), log(5), within: 1e-15))
        #expect(isClose(bound(0.5, 0.1, 0.1), log(4), within: 1e-15))
        #expect(bound(0.5, 0.5, 0) == 0)
        #expect(bound(0.1, 0.01, 0.2) == 0)
    }

    @Test("The bound of randomised response exceeds its epsilon at most as often as stated; that of a leakier one does")
    func level() throws {
        // Randomised response at ε = 1 answers truthfully with probability e/(1 + e): its rates reach the bound.
        var generator = SplitMix64(seed: 41)
        let isMember = (0..<400).map { $0 < 200 }
        func violations(epsilon: Double) throws -> Int {
            let truthful = exp(epsilon) / (1 + exp(epsilon))
            return try (0..<1000).count { _ in
                let scores = isMember.map { isMember in
                    let isTruthful = Double.random(in: 0..<1, using: &generator) < truthful
                    // Half a point of noise gives distinct scores, and so thresholds that depend on the data.
                    return (isTruthful == isMember ? 1.0 : 0) + Double.random(in: 0..<0.5, using: &generator)
                }
                let roc = try ROC(scores: scores, isMember: isMember)
                return roc.impliedEpsilon(atFalsePositiveRates: [0.05, 0.1, 0.3], delta: 0, confidence: 0.9).lowerBound
                    > 1
            }
        }
        // At most 100 are allowed; 131 is 3.3 standard deviations above, level 5e-4.
        #expect(try violations(epsilon: 1) <= 131)
        #expect(try violations(epsilon: 2.5) > 900)
    }
}
