import Foundation
import Statistics
import Testing

@testable import Accounting

@Suite("Rényi divergences of replace-one and of Laplace noise")
struct OtherRenyiDivergenceTests {
    @Test(
        "Replace-one equals adaptive quadrature to nine digits at integer and fractional orders",
        arguments: [(0.8, 0.05), (1, 0.3), (2, 0.01), (4, 0.9)])
    func replacement(sigma: Double, rate: Double) {
        for order in [1.5, 2, 3.7, 8] {
            func logMixture(_ z: Double, _ mean: Double) -> Double {
                let (idle, moved) = (log1p(-rate) + logNormalDensity(z), log(rate) + logNormalDensity(z - mean / sigma))
                return max(idle, moved) + log1p(exp(-abs(idle - moved)))
            }
            func logIntegrand(_ z: Double) -> Double { order * logMixture(z, 1) + (1 - order) * logMixture(z, -1) }
            let end = (2 * order + 1) / sigma + 16
            let pieces = Array(stride(from: -end, through: end, by: 0.25))
            let largest = pieces.map(logIntegrand).max() ?? 0
            let integral = GaussKronrod.integral(over: pieces, relativeTo: 0.1) { exp(logIntegrand($0) - largest) }
            let expected = largest + log(integral)
            let found = (order - 1) * renyiDivergenceOfReplacing(order: order, rate: rate, noiseMultiplier: sigma)
            #expect(abs(found - expected) <= 1e-9 * abs(expected) + 2e-14, "order \(order): \(found) \(expected)")
        }
    }

    @Test("Replace-one: nothing at rate 0, fourfold at rate 1, and tiny ones keep their digits: 4q²α/(2σ²)")
    func limits() {
        #expect(renyiDivergenceOfReplacing(order: 3, rate: 0, noiseMultiplier: 1) == 0)
        #expect(renyiDivergenceOfReplacing(order: 3, rate: 1, noiseMultiplier: 2) == 1.5)
        for order in [1.5, 2, 7] {
            let found = renyiDivergenceOfReplacing(order: order, rate: 1e-5, noiseMultiplier: 100)
            #expect(isClose(found, 2e-10 * order * 1e-4, within: 1e-3), "order \(order): \(found)")
        }
        #expect(renyiDivergenceOfReplacing(order: 1024, rate: 0.01, noiseMultiplier: 1e-3).isFinite)
    }

    @Test("Laplace equals quadrature of its definition, tends to 1/b at large orders, and keeps digits when tiny")
    func laplace() {
        for (order, scale) in [(1.5, 0.7), (2, 2), (6.3, 1), (30, 10)] {
            func density(_ x: Double) -> Double { exp(-abs(x) / scale) / 2 / scale }
            let pieces =
                Array(stride(from: -60 * scale, through: 0, by: scale / 2))
                + Array(
                    stride(from: 0.05, through: 1, by: 0.05))
                + Array(stride(from: 1 + scale / 2, through: 1 + 60 * scale, by: scale / 2))
            let integral = GaussKronrod.integral(over: pieces, relativeTo: 1e-2) {
                pow(density($0), order) * pow(density($0 - 1), 1 - order)
            }
            let found = renyiDivergenceOfLaplace(order: order, scale: scale)
            #expect(isClose(found, log(integral) / (order - 1), within: 1e-9), "order \(order), scale \(scale)")
        }
        #expect(isClose(renyiDivergenceOfLaplace(order: 1e5, scale: 0.5), 2, within: 1e-3))
        #expect(isClose(renyiDivergenceOfLaplace(order: 2, scale: 1e6), 1e-12, within: 1e-4))
    }
}
