import Foundation
import Testing

@testable import Accounting

@Suite struct ClopperPearsonEpsilonTests {
    @Test("It is the reference's two-sided audit")
    func golden() throws {
        let cases = try LowerBoundGolden.read().two_sided_audits
        #expect(cases.count > 10)
        for item in cases {
            let bound = try clopperPearsonEpsilon(item.counts, delta: item.delta, confidence: item.confidence)
            #expect(isClose(bound, item.cp_eps_lb, within: 1e-9), "\(item): \(bound)")
        }
    }

    @Test(
        "A perfect test of n trials proves no more than its ceiling",
        arguments: [(100, 3.28), (500, 4.91), (1000, 5.60)])
    func ceiling(trials: Int, expected: Double) throws {
        let counts = BinaryCounts(truePositives: trials, positives: trials, falsePositives: 0, negatives: trials)
        let bound = try clopperPearsonEpsilon(counts, delta: 1e-5, confidence: 0.95)
        #expect(abs(bound - expected) < 0.005)
    }

    @Test("The second inequality counts: a test that misses nearly nothing, with many alarms")
    func mirrored() throws {
        let counts = BinaryCounts(truePositives: 1000, positives: 1000, falsePositives: 500, negatives: 1000)
        #expect(try clopperPearsonEpsilon(counts, delta: 0, confidence: 0.95) > 4)
    }

    @Test("A useless test proves nothing, and impossible questions are refused")
    func edges() throws {
        let useless = BinaryCounts(truePositives: 50, positives: 100, falsePositives: 50, negatives: 100)
        #expect(try clopperPearsonEpsilon(useless, delta: 0, confidence: 0.95) == 0)
        for (hits, positives, alarms, negatives) in [(0, 0, 0, 5), (0, 5, 0, 0), (6, 5, 0, 5), (0, 5, -1, 5)] {
            let counts = BinaryCounts(
                truePositives: hits, positives: positives, falsePositives: alarms, negatives: negatives)
            #expect(throws: AccountingError.counts(counts)) {
                try clopperPearsonEpsilon(counts, delta: 0, confidence: 0.95)
            }
        }
        #expect(throws: AccountingError.delta(1)) { try clopperPearsonEpsilon(useless, delta: 1, confidence: 0.95) }
        for confidence: Double in [0, 1, -.infinity, 1.5] {
            #expect(throws: AccountingError.confidence(confidence)) {
                try clopperPearsonEpsilon(useless, delta: 0, confidence: confidence)
            }
        }
    }
}
