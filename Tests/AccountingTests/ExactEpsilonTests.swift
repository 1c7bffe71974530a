import Foundation
import Testing

@testable import Accounting

@Suite struct ExactEpsilonTests {
    @Test("Every exact golden row is reproduced, and lies below the Rényi bound; other rows have none")
    func golden() throws {
        for row in try AccountingGolden.load().rows {
            let event = PrivacyEvent.dpSGD(rate: row.q, noiseMultiplier: row.sigma, steps: row.steps)
            let epsilon = try exactEpsilon(of: event, delta: row.delta)
            #expect((epsilon == nil) == (row.exact == nil), "\(row)")
            guard let epsilon, let exact = row.exact else { continue }
            #expect(isClose(epsilon, exact, within: 1e-8), "\(row): \(epsilon) \(exact)")
            #expect(epsilon <= (try RenyiAccountant(event).epsilon(delta: row.delta).epsilon))
        }
    }

    @Test("Both directions equal the integral of the positive part, by adaptive quadrature")
    func integrals() {
        for (rate, sigma) in [(0.1, 0.6), (0.5, 1), (0.9, 2)] {
            let step = SampledGaussian(rate: rate, noiseMultiplier: sigma)
            func without(_ x: Double) -> Double {
                exp(-x * x / 2 / sigma / sigma) / sigma / (2 * Double.pi).squareRoot()
            }
            func with(_ x: Double) -> Double { (1 - rate) * without(x) + rate * without(x - 1) }
            let pieces = Array(stride(from: -14 * sigma, through: 1 + 14 * sigma, by: sigma / 8))
            for epsilon in [0, 0.05, 0.5, 2] {
                let removing = GaussKronrod.integral(over: pieces, relativeTo: 1) {
                    max(0, with($0) - exp(epsilon) * without($0))
                }
                let adding = GaussKronrod.integral(over: pieces, relativeTo: 1) {
                    max(0, without($0) - exp(epsilon) * with($0))
                }
                #expect(abs(step.deltaOfRemoving(epsilon) - removing) < 1e-11)
                #expect(abs(step.deltaOfAdding(epsilon) - adding) < 1e-11)
            }
        }
    }

    @Test("Rates 0 and 1 and mixtures of Gaussians fall back to the known forms; two sampled steps are unknown")
    func forms() throws {
        let gaussian = PrivacyEvent.gaussian(noiseMultiplier: 2)
        let expected = try GaussianDP(noiseMultiplier: 1).epsilon(delta: 1e-5)
        let mixture = PrivacyEvent.composed([
            .repeated(gaussian, count: 3), .poissonSampledGaussian(rate: 1, noiseMultiplier: 2),
            .poissonSampledGaussian(rate: 0, noiseMultiplier: 1),
        ])
        #expect(try exactEpsilon(of: mixture, delta: 1e-5) == expected)
        #expect(try exactEpsilon(of: .composed([]), delta: 1e-5) == 0)
        let sampled = PrivacyEvent.poissonSampledGaussian(rate: 0.1, noiseMultiplier: 1)
        #expect(try exactEpsilon(of: .repeated(sampled, count: 2), delta: 1e-5) == nil)
        #expect(try exactEpsilon(of: .composed([sampled, gaussian]), delta: 1e-5) == nil)
        #expect(throws: AccountingError.delta(0)) { try exactEpsilon(of: sampled, delta: 0) }
    }

    @Test("A delta above the sampling rate costs nothing")
    func smallRate() throws {
        let event = PrivacyEvent.poissonSampledGaussian(rate: 1e-6, noiseMultiplier: 0.01)
        #expect(try exactEpsilon(of: event, delta: 1e-5) == 0)
    }
}
