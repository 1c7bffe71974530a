import Foundation
import Testing

@testable import Accounting

@Suite("Privacy loss distributions")
struct PrivacyLossDistributionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var rate: Double
        var sigma: Double
        var spacing: Double
        var testDescription: String { "rate \(rate), sigma \(sigma), spacing \(spacing)" }
    }

    static let cases = [
        Case(rate: 0.01, sigma: 0.7, spacing: 0.01), Case(rate: 0.01, sigma: 0.7, spacing: 0.5),
        Case(rate: 0.3, sigma: 1.5, spacing: 0.02), Case(rate: 1, sigma: 1, spacing: 0.1),
        Case(rate: 1e-6, sigma: 0.8, spacing: 2e-6), Case(rate: 0.9, sigma: 0.2, spacing: 0.3),
        Case(rate: 1e-3, sigma: 30, spacing: 1e-6),
    ]

    private func cut(_ pair: DominatingPair, _ spacing: Double) throws -> DiscretisedPair {
        try #require(DiscretisedPair(pair, spacing: spacing, tails: LossTails(low: 1e-12, high: 1e-12)))
    }

    @Test(
        "Both roundings bound the closed form in both directions, and the pessimistic one meets it on the lattice",
        arguments: cases)
    func bounds(row: Case) throws {
        let exact = SampledGaussian(rate: row.rate, noiseMultiplier: row.sigma)
        let directions: [(DominatingPair, (Double) -> Double)] = [
            (.removing(rate: row.rate, noiseMultiplier: row.sigma), exact.deltaOfRemoving),
            (.adding(rate: row.rate, noiseMultiplier: row.sigma), exact.deltaOfAdding),
        ]
        for (pair, delta) in directions {
            // The closed form of the mixture has no rate 1 in one of its directions.
            if row.rate == 1, case .adding = pair { continue }
            let cut = try cut(pair, row.spacing)
            let (above, below) = (cut.distribution(.pessimistic), cut.distribution(.optimistic))
            for step in 0..<60 {
                let epsilon = Double(step) * row.spacing / 2
                let truth = delta(epsilon)
                let slack = 1e-9 * truth + 1e-15
                #expect(above.delta(epsilon: epsilon) >= truth - slack, "\(pair) at \(epsilon)")
                #expect(below.delta(epsilon: epsilon) <= truth + slack, "\(pair) at \(epsilon)")
                if step % 2 == 0 { #expect(abs(above.delta(epsilon: epsilon) - truth) <= 1e-9 * truth + 3e-12) }
            }
        }
    }

    @Test("What lies between the roundings falls with the square of the spacing")
    func order() throws {
        let pair = DominatingPair.removing(rate: 0.1, noiseMultiplier: 1)
        func gap(_ spacing: Double) throws -> Double {
            let cut = try cut(pair, spacing)
            let (above, below) = (cut.distribution(.pessimistic), cut.distribution(.optimistic))
            // Averaged over many places between lattice points.
            return (0..<200).reduce(0) { sum, step in
                let epsilon = 0.1 + Double(step) * 0.00317
                return sum + above.delta(epsilon: epsilon) - below.delta(epsilon: epsilon)
            }
        }
        let ratio = try gap(0.02) / gap(0.0025)
        #expect((32...128).contains(ratio), "\(ratio)")
    }

    @Test("Laplace noise: masses of both ends are kept, and δ(ε) = 1 − e^((ε − 1/b)/2)")
    func laplace() throws {
        for scale in [0.5, 1, 7.3] {
            let cut = try cut(.laplace(scale: scale), 0.003)
            let (above, below) = (cut.distribution(.pessimistic), cut.distribution(.optimistic))
            for share in [0.0, 0.2, 0.5, 0.9, 0.99] {
                let epsilon = share / scale
                let truth = -expm1((epsilon - 1 / scale) / 2)
                #expect(above.delta(epsilon: epsilon) >= truth - 1e-12)
                #expect(below.delta(epsilon: epsilon) <= truth + 1e-12)
                #expect(above.delta(epsilon: epsilon) - below.delta(epsilon: epsilon) < 4e-3)
            }
            #expect(abs(above.masses.reduce(0, +) - 1) < 1e-12 && above.infinite == 0)
        }
    }

    @Test("A lattice that would need too many points is refused")
    func size() {
        let pair = DominatingPair.removing(rate: 0.5, noiseMultiplier: 0.5)
        #expect(DiscretisedPair(pair, spacing: 1e-9, tails: LossTails(low: 1e-9, high: 1e-9)) == nil)
    }
}
