import Foundation
import Testing

@testable import Statistics

@Suite struct MeanIntervalTests {
    @Test(
        "Student's quantile has its closed forms for one and two degrees of freedom",
        arguments: [1e-6, 0.01, 0.05, 0.3, 0.9])
    func closedForms(alpha: Double) {
        // One degree: the Cauchy distribution. Two degrees: t = (2p − 1)·√(2/(4p(1 − p))) with p = 1 − α/2.
        let cauchy = 1 / tan(Double.pi * alpha / 2)
        #expect(isClose(studentQuantile(twoSided: alpha, degreesOfFreedom: 1), cauchy, within: 1e-9))
        let p = 1 - alpha / 2
        let two = (2 * p - 1) * (2 / (4 * p * (1 - p))).squareRoot()
        #expect(isClose(studentQuantile(twoSided: alpha, degreesOfFreedom: 2), two, within: 1e-8))
    }

    @Test("Five seeds, by hand")
    func byHand() throws {
        let estimate = try meanInterval([1, 2, 3, 4, 5], confidence: 0.95)
        let halfWidth = 2.7764451051977934 * (2.5 / 5).squareRoot()
        #expect(estimate.value == 3)
        #expect(isClose(estimate.interval.upper, 3 + halfWidth, within: 1e-10))
        #expect(isClose(estimate.interval.lower, 3 - halfWidth, within: 1e-10))
    }

    @Test("One seed is refused")
    func single() {
        #expect(throws: StatisticsError.tooFew(needed: 2, found: 1)) {
            try meanInterval([1], confidence: 0.95)
        }
    }
}
