import Foundation
import Testing

@testable import Accounting

@Suite struct GaussianDPTests {
    @Test("Without sampling, epsilon equals the exact golden rows to nine digits")
    func golden() throws {
        let rows = try AccountingGolden.load().rows.filter { $0.q == 1 }
        #expect(rows.count == 32)
        for row in rows {
            let exact = try #require(row.exact)
            let epsilon = try GaussianDP(noiseMultiplier: row.sigma, steps: row.steps).epsilon(delta: row.delta)
            #expect(isClose(epsilon, exact, within: 1e-9), "\(row): \(epsilon) \(exact)")
        }
    }

    @Test("Delta at epsilon 0 is the total variation 2Φ(μ/2) − 1, and delta inverts epsilon")
    func closedForm() throws {
        for mu in [0.01, 0.5, 3] {
            let gaussian = try GaussianDP(noiseMultiplier: 1 / mu)
            #expect(isClose(try gaussian.delta(epsilon: 0), erf(mu / 2 / 2.0.squareRoot()), within: 1e-12))
            let epsilon = try gaussian.epsilon(delta: 1e-6)
            #expect(isClose(try gaussian.delta(epsilon: epsilon), 1e-6, within: 1e-6))
        }
    }

    @Test("Delta equals the integral of the positive part of P − e^ε·Q")
    func integral() throws {
        let gaussian = try GaussianDP(noiseMultiplier: 0.5)
        for epsilon in [0.0, 1, 4] {
            func density(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }
            let pieces = Array(stride(from: epsilon / 2 + 1, through: epsilon / 2 + 13, by: 0.5))
            let expected = GaussKronrod.integral(over: pieces, relativeTo: 1) {
                density($0 - 2) - exp(epsilon) * density($0)
            }
            #expect(isClose(try gaussian.delta(epsilon: epsilon), expected, within: 1e-9))
        }
    }

    @Test("T steps equal one step with √T less noise, and a group of k equals k times the distance")
    func composition() throws {
        let nine = try GaussianDP(noiseMultiplier: 3, steps: 9)
        #expect(nine == (try GaussianDP(noiseMultiplier: 1)))
        #expect(try nine.group(of: 4) == (try GaussianDP(noiseMultiplier: 0.25)))
        #expect(try GaussianDP(noiseMultiplier: 1, steps: 0).epsilon(delta: 1e-5) == 0)
        #expect(throws: AccountingError.groupSize(0)) { try nine.group(of: 0) }
        #expect(throws: AccountingError.epsilon(-1)) { try nine.delta(epsilon: -1) }
    }

    @Test("The limit theorem has Bu and others' distance, and is refused for impossible parameters")
    func limit() throws {
        let limit = try GaussianDP.centralLimitApproximation(rate: 0.01, noiseMultiplier: 2, steps: 400)
        #expect(isClose(limit.mu, 0.2 * (exp(0.25) - 1).squareRoot(), within: 1e-14))
        #expect(throws: AccountingError.rate(2)) {
            try GaussianDP.centralLimitApproximation(rate: 2, noiseMultiplier: 1, steps: 1)
        }
    }
}
