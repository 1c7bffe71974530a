import Foundation
import Testing

@testable import Accounting

@Suite("Selection among a random number of trials")
struct TrialCountTests {
    private let run = PrivacyEvent.dpSGD(rate: 0.01, noiseMultiplier: 1, steps: 1000)

    private func epsilon(_ trials: TrialCount) throws -> Double {
        try RenyiAccountant(.repeatAndSelect(run, trials: trials)).epsilon(delta: 1e-5).epsilon
    }

    @Test("The mean of a geometric number is one over its stop probability, of others the sum of the series")
    func means() {
        #expect(abs(TrialCount.geometric(mean: 7).mean - 7) < 1e-12)
        #expect(TrialCount.poisson(mean: 3).mean == 3)
        for (shape, stop) in [(0.0, 0.2), (0.5, 0.1), (2, 0.3), (-0.5, 0.1)] {
            // P[K = k] ∝ (1 − γ)^k·Γ(k + η)/k!, from the first term on.
            var (weight, sum, mean) = (1 - stop, 0.0, 0.0)
            for k in 1..<3000 {
                sum += weight
                mean += Double(k) * weight
                weight *= (1 - stop) * (Double(k) + shape) / Double(k + 1)
            }
            let found = TrialCount.negativeBinomial(shape: shape, stop: stop).mean
            #expect(isClose(found, mean / sum, within: 1e-9), "\(shape) \(stop)")
        }
    }

    @Test("The best of ten costs more than one run and less than ten")
    func prices() throws {
        let single = try RenyiAccountant(run).epsilon(delta: 1e-5).epsilon
        let ten = try RenyiAccountant(.repeated(run, count: 10)).epsilon(delta: 1e-5).epsilon
        let (poisson, geometric) = (try epsilon(.poisson(mean: 10)), try epsilon(.geometric(mean: 10)))
        #expect(single < poisson && single < geometric && geometric < ten && poisson < ten)
        #expect(try epsilon(.geometric(mean: 100)) > geometric)
        #expect(geometric < 3.5 * single)
    }

    @Test("Poisson trials: (ε, δ̂) of one run by its own divergence, by hand at order 2")
    func poisson() {
        // ε̂ = ln 2; a Gaussian with σ = 4 and only the orders 2 and 32.
        let (orders, sigma) = ([2.0, 32.0], 4.0)
        let run = orders.map { $0 / 2 / sigma / sigma }
        let found = TrialCount.poisson(mean: 5).divergences(ofRun: run, orders: orders)
        let logDeltas: [Double] = zip(orders, run).map { order, divergence in
            let excess: Double = divergence + log(1 - 1 / order) - log(2)
            return (order - 1) * excess - log(order)
        }
        let expected: Double = run[0] + 5 * exp(logDeltas.min() ?? 0) + log(5)
        #expect(abs(found[0] - expected) < 1e-12)
    }

    @Test("A geometric number with the order 2 alone is the theorem's formula")
    func geometric() {
        let found = TrialCount.geometric(mean: 10).divergences(ofRun: [0.3], orders: [2])
        // (1 + η)(1 − 1/λ̂)·ε̂ = 0.3, (1 + η)·ln(1/γ)/λ̂ = ln 10, and ln E[K] = ln 10.
        let expected: Double = 0.3 + 0.3 + 2 * log(10.0)
        #expect(abs(found[0] - expected) < 1e-12)
    }

    @Test("Selections compose and repeat; impossible numbers of trials are refused")
    func composition() throws {
        let selection = PrivacyEvent.repeatAndSelect(run, trials: .geometric(mean: 4))
        let (once, twice) = (try RenyiAccountant(selection), try RenyiAccountant(.repeated(selection, count: 2)))
        #expect(zip(once.divergences, twice.divergences).allSatisfy { isClose(2 * $0, $1, within: 1e-14) })
        for trials in [TrialCount.poisson(mean: 0), .geometric(mean: 1), .negativeBinomial(shape: -1, stop: 0.5)] {
            #expect(throws: AccountingError.self) { try RenyiAccountant(.repeatAndSelect(run, trials: trials)) }
        }
        #expect(throws: AccountingError.noiseMultiplier(0)) {
            try RenyiAccountant(.repeatAndSelect(.gaussian(noiseMultiplier: 0), trials: .poisson(mean: 1)))
        }
        let decoded = try JSONDecoder().decode(PrivacyEvent.self, from: JSONEncoder().encode(selection))
        #expect(decoded == selection)
    }
}
