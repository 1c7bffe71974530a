import Foundation
import Testing

@testable import Accounting

@Suite struct RenyiDivergenceTests {
    /// The moment's logarithm by adaptive Gauss–Kronrod over pieces of two standard deviations.
    private func oracle(_ order: Double, _ rate: Double, _ sigma: Double) -> Double {
        func logIntegrand(_ z: Double) -> Double {
            let exponent = (z - 0.5 / sigma) / sigma + log(rate)
            let rest = log1p(-rate)
            let larger = max(exponent, rest)
            return order * (larger + log1p(exp(min(exponent, rest) - larger))) - z * z / 2
        }
        let end = order / sigma + 14 + order
        let pieces = Array(stride(from: -14 - order, through: end, by: 0.5))
        let largest = pieces.map(logIntegrand).max() ?? 0
        let integral = GaussKronrod.integral(over: pieces, relativeTo: 0.1) { exp(logIntegrand($0) - largest) }
        return largest + log(integral) - log(2 * Double.pi) / 2
    }

    @Test(
        "Fractional orders equal adaptive quadrature to nine digits, also where series fail",
        arguments: [
            (0.6, 0.05), (0.6, 0.001), (1, 0.01), (2, 0.05), (4, 0.004), (0.3, 0.2), (0.15, 0.01), (0.05, 0.1),
            (10, 0.5), (0.8, 0.97),
        ])
    func fractional(sigma: Double, rate: Double) {
        for order in [1.1, 1.5, 2.5, 3.7, 6.2, 10.9] {
            let moment = (order - 1) * renyiDivergence(order: order, rate: rate, noiseMultiplier: sigma)
            let expected = oracle(order, rate, sigma)
            // The oracle itself only knows the logarithm to about 1e-14 absolutely.
            #expect(abs(moment - expected) <= 1e-9 * abs(expected) + 2e-14, "order \(order): \(moment) \(expected)")
        }
    }

    @Test("At integer orders quadrature and binomial sum agree, down to divergences of 1e-12")
    func sumAgainstQuadrature() {
        for sigma in [0.02, 0.1, 0.4, 0.6, 1, 3, 20] {
            for rate in [1e-6, 1e-3, 0.05, 0.5, 0.99] {
                for order in [2.0, 3, 8, 33] {
                    let moment = SampledGaussianMoment(order: order, rate: rate, noiseMultiplier: sigma)
                    let (sum, quadrature) = (moment.logByBinomialSum(), moment.logByQuadrature())
                    #expect(
                        abs(sum - quadrature) <= 1e-10 * sum + 1e-16,
                        "sigma \(sigma), rate \(rate), order \(order): \(sum) \(quadrature)")
                }
            }
        }
    }

    @Test("The order 2 has a closed form: ln(1 + q²(e^(1/σ²) − 1))")
    func orderTwo() {
        for (rate, sigma) in [(0.01, 1.0), (0.3, 0.5), (1e-5, 8)] {
            let expected = log1p(rate * rate * expm1(1 / sigma / sigma))
            #expect(isClose(renyiDivergence(order: 2, rate: rate, noiseMultiplier: sigma), expected, within: 1e-13))
        }
    }

    @Test("A tiny fractional divergence keeps its digits: its leading term is αq²(e^(1/σ²) − 1)/2")
    func tiny() {
        for order in [1.1, 4.5, 10.9] {
            let expected = order * 1e-14 * expm1(1.0 / 16) / 2
            let divergence = renyiDivergence(order: order, rate: 1e-7, noiseMultiplier: 4)
            #expect(isClose(divergence, expected, within: 1e-6))
        }
    }

    @Test("Without sampling it is α/(2σ²), at rate 0 nothing, and a rate just below 1 is continuous")
    func limits() {
        #expect(renyiDivergence(order: 3.3, rate: 1, noiseMultiplier: 2) == 3.3 / 8)
        #expect(renyiDivergence(order: 3.3, rate: 0, noiseMultiplier: 2) == 0)
        for order in [1.1, 3.3, 17] {
            let nearly = renyiDivergence(order: order, rate: 1 - 1e-12, noiseMultiplier: 2)
            #expect(isClose(nearly, order / 8, within: 1e-10))
        }
    }

    @Test("Tiny noise and huge orders stay finite and below the unsampled divergence")
    func extremes() {
        for sigma in [1e-4, 0.01, 0.6, 100] {
            for order in [1.0001, 1.1, 10.9, 200.5, 1024, 5e4] {
                for rate in [1e-9, 0.01, 0.9] {
                    let divergence = renyiDivergence(order: order, rate: rate, noiseMultiplier: sigma)
                    #expect(divergence.isFinite && divergence >= 0)
                    #expect(divergence <= order / 2 / sigma / sigma * (1 + 1e-12))
                }
            }
        }
    }

    @Test("The divergence grows with the order, without a jump between the two methods")
    func monotone() {
        for (rate, sigma) in [(0.05, 0.6), (0.001, 1.0), (0.01, 4)] {
            let orders = RenyiAccountant.defaultOrders
            let divergences = orders.map { renyiDivergence(order: $0, rate: rate, noiseMultiplier: sigma) }
            #expect(zip(divergences, divergences.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test("A tiny divergence keeps its digits: q²α/(2σ²) to first order", arguments: [1e6, 1e8, 1e9, 1e12])
    func tinyDivergence(sigma: Double) {
        for order in [2.0, 7, 64] {
            let expected = 0.01 * 0.01 * order / 2 / sigma / sigma
            let found = renyiDivergence(order: order, rate: 0.01, noiseMultiplier: sigma)
            #expect(abs(found / expected - 1) < 1e-6, "order \(order)")
        }
    }
}
