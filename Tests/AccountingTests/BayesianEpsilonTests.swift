import Foundation
import Testing

@testable import Accounting

@Suite struct BayesianEpsilonTests {
    @Test("Both ends agree with an integral by QUADPACK, zero counts included")
    func golden() throws {
        let cases = try LowerBoundGolden.read().bayesian
        #expect(cases.contains { $0.tp == 0 } && cases.contains { $0.fp == 0 && $0.tp == $0.npos })
        for item in cases {
            let interval = try bayesianEpsilon(item.counts, delta: item.delta, confidence: item.confidence)
            #expect(isClose(interval.lower, item.lower, within: 1e-6), "\(item): \(interval)")
            #expect(isClose(interval.upper, item.upper, within: 1e-6), "\(item): \(interval)")
        }
    }

    @Test("The published example, to the 0.02 that its tolerance of 0.01 leaves")
    func published() throws {
        let counts = BinaryCounts(truePositives: 487, positives: 487, falsePositives: 512, negatives: 513)
        let interval = try bayesianEpsilon(counts, delta: 1e-5, confidence: 0.9)
        #expect(abs(interval.lower - 0.145) < 0.02 && abs(interval.upper - 6.399) < 0.02)
    }

    @Test("A test and its complement leak the same")
    func complement() throws {
        let counts = BinaryCounts(truePositives: 80, positives: 100, falsePositives: 7, negatives: 50)
        let flipped = BinaryCounts(truePositives: 20, positives: 100, falsePositives: 43, negatives: 50)
        let (first, second) = (
            try bayesianEpsilon(counts, delta: 1e-3, confidence: 0.9),
            try bayesianEpsilon(flipped, delta: 1e-3, confidence: 0.9)
        )
        #expect(isClose(first.lower, second.lower, within: 1e-7) && isClose(first.upper, second.upper, within: 1e-7))
    }

    @Test("A delta that explains everything gives zero, and impossible counts are refused")
    func edges() throws {
        let counts = BinaryCounts(truePositives: 60, positives: 100, falsePositives: 40, negatives: 100)
        #expect(try bayesianEpsilon(counts, delta: 0.9, confidence: 0.9) == (0, 0))
        let empty = BinaryCounts(truePositives: 0, positives: 0, falsePositives: 0, negatives: 1)
        #expect(throws: AccountingError.counts(empty)) { try bayesianEpsilon(empty, delta: 0, confidence: 0.9) }
    }
}
