import Foundation
import Testing

@testable import Accounting

@Suite struct GaussianEpsilonTests {
    @Test("Both the fitted mu and its epsilon are the reference's")
    func golden() throws {
        let cases = try LowerBoundGolden.read().two_sided_audits
        #expect(cases.contains { $0.gdp_eps_lb != nil })
        for item in cases {
            let mu = try gaussianFit(item.counts, confidence: item.confidence).mu
            #expect(isClose(mu, item.gdp_mu_lb, within: 1e-9), "\(item): \(mu)")
            guard let expected = item.gdp_eps_lb else { continue }
            let bound = try gaussianEpsilon(item.counts, delta: item.delta, confidence: item.confidence)
            #expect(isClose(bound, expected, within: 1e-8), "\(item): \(bound)")
        }
    }

    @Test("It exceeds what the rates alone prove, and a test that never misses by flagging all proves nothing")
    func against() throws {
        let counts = BinaryCounts(truePositives: 700, positives: 1000, falsePositives: 300, negatives: 1000)
        let fit = try gaussianEpsilon(counts, delta: 1e-5, confidence: 0.95)
        #expect(fit > 2 * (try clopperPearsonEpsilon(counts, delta: 1e-5, confidence: 0.95)))
        let all = BinaryCounts(truePositives: 10, positives: 10, falsePositives: 10, negatives: 10)
        #expect(try gaussianEpsilon(all, delta: 1e-5, confidence: 0.95) == 0)
    }

    @Test("No Gaussian mechanism has an epsilon at delta 0")
    func edges() {
        let counts = BinaryCounts(truePositives: 9, positives: 10, falsePositives: 1, negatives: 10)
        #expect(throws: AccountingError.delta(0)) { try gaussianEpsilon(counts, delta: 0, confidence: 0.95) }
    }
}
