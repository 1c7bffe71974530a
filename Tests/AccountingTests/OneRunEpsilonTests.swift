import Foundation
import Testing

@testable import Accounting

@Suite struct OneRunEpsilonTests {
    @Test("It is the reference's bound")
    func golden() throws {
        let cases = try LowerBoundGolden.read().one_run
        #expect(cases.count > 20)
        for item in cases {
            let bound = try oneRunEpsilon(
                canaries: item.m, guesses: item.r, correct: item.v, delta: item.delta, confidence: 1 - item.p)
            #expect(isClose(bound, item.eps_lb, within: 1e-8), "\(item): \(bound)")
        }
    }

    @Test(
        "It is the published table",
        arguments: [
            (1000, 100, 100, 0.0, 3.493), (1000, 100, 95, 0, 2.172), (1000, 100, 100, 1e-5, 3.465),
            (1000, 1000, 600, 0, 0.298), (1000, 50, 50, 1e-5, 2.756), (5000, 500, 500, 1e-5, 4.978),
        ])
    func table(m: Int, r: Int, v: Int, delta: Double, expected: Double) throws {
        let bound = try oneRunEpsilon(canaries: m, guesses: r, correct: v, delta: delta, confidence: 0.95)
        #expect(abs(bound - expected) < 6e-4)
    }

    @Test("A large audit is answered, and a large delta takes everything")
    func sizes() throws {
        let large = try oneRunEpsilon(
            canaries: 100_000, guesses: 20_000, correct: 20_000, delta: 1e-9, confidence: 0.95)
        #expect(large > 8 && large < 9)
        #expect(try oneRunEpsilon(canaries: 1000, guesses: 100, correct: 100, delta: 0.01, confidence: 0.95) == 0)
    }

    @Test("Impossible guesses are refused")
    func edges() {
        for (m, r, v) in [(0, 0, 0), (10, 11, 3), (10, 5, 6), (10, 5, -1)] {
            #expect(throws: AccountingError.guesses(canaries: m, guesses: r, correct: v)) {
                try oneRunEpsilon(canaries: m, guesses: r, correct: v, delta: 0, confidence: 0.95)
            }
        }
    }
}
