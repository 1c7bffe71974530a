import Foundation
import Testing

@testable import Accounting

@Suite struct GaussianOneRunEpsilonTests {
    @Test("The recursion finds what a linear programme over all distributions of right guesses finds")
    func golden() throws {
        let cases = try LowerBoundGolden.read().gaussian_one_run
        #expect(cases.count >= 5)
        for item in cases {
            let mu = try gaussianOneRunFit(
                canaries: item.m, guesses: item.r, correct: item.v, confidence: item.confidence
            ).mu
            #expect(isClose(mu, item.mu, within: 1e-8), "\(item): \(mu)")
        }
    }

    @Test("It proves more than the bound for every mechanism, and less than the fit of two rates")
    func between() throws {
        let any = try oneRunEpsilon(canaries: 1000, guesses: 1000, correct: 900, delta: 1e-5, confidence: 0.95)
        let gaussian = try gaussianOneRunEpsilon(
            canaries: 1000, guesses: 1000, correct: 900, delta: 1e-5, confidence: 0.95)
        let rates = BinaryCounts(truePositives: 450, positives: 500, falsePositives: 50, negatives: 500)
        let fit = try gaussianEpsilon(rates, delta: 1e-5, confidence: 0.95)
        #expect(gaussian > 1.5 * any && gaussian < 1.1 * fit)
    }

    @Test("No guess or half of them right proves nothing; delta 0 and impossible guesses are refused")
    func edges() throws {
        for (r, v) in [(0, 0), (100, 0), (100, 50)] {
            let bound = try gaussianOneRunEpsilon(canaries: 100, guesses: r, correct: v, delta: 1e-5, confidence: 0.95)
            #expect(bound == 0)
        }
        #expect(throws: AccountingError.delta(0)) {
            try gaussianOneRunEpsilon(canaries: 10, guesses: 10, correct: 10, delta: 0, confidence: 0.95)
        }
        #expect(throws: AccountingError.guesses(canaries: 10, guesses: 11, correct: 1)) {
            try gaussianOneRunEpsilon(canaries: 10, guesses: 11, correct: 1, delta: 1e-5, confidence: 0.95)
        }
    }
}
