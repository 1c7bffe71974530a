import Foundation
import Statistics
import Testing

@testable import Accounting

@Suite("Dominating pairs")
struct DominatingPairTests {
    static let pairs: [DominatingPair] = [
        .removing(rate: 0.01, noiseMultiplier: 0.7), .removing(rate: 1, noiseMultiplier: 2),
        .adding(rate: 0.2, noiseMultiplier: 1), .replacing(rate: 0.1, noiseMultiplier: 0.8),
        .replacing(rate: 1, noiseMultiplier: 3), .replacing(rate: 1e-6, noiseMultiplier: 1), .laplace(scale: 0.7),
    ]

    @Test("The loss rises with the coordinate, and the position inverts it", arguments: pairs)
    func inversion(pair: DominatingPair) {
        let range = pair.range(LossTails(low: 1e-8, high: 1e-8))
        var previous = -Double.infinity
        for step in 1..<40 {
            let v = range.lowerBound + (range.upperBound - range.lowerBound) * Double(step) / 40
            let loss = pair.loss(at: v)
            #expect(loss >= previous)
            previous = loss
            // Where the loss hardly changes, the position is not determined by its digits.
            let slope = (pair.loss(at: v + 1e-4) - pair.loss(at: v - 1e-4)) / 2e-4
            guard slope > 1e-9 else { continue }
            #expect(abs(pair.position(of: loss) - v) < 1e-6 + 1e-14 / slope, "\(v)")
        }
    }

    @Test("Its loss is the logarithm of the densities' ratio, and its tails are its masses", arguments: pairs)
    func densities(pair: DominatingPair) {
        let range = pair.range(LossTails(low: 1e-8, high: 1e-8))
        for step in 1..<20 {
            let v = range.lowerBound + (range.upperBound - range.lowerBound) * Double(step) / 20
            let loss = pair.loss(at: v)
            // At an edge below, the excess is P − e^ε·Q = P·(1 − e^(ε − loss)).
            let epsilon = loss - 0.25
            let edge = pair.position(of: epsilon)
            guard edge < v else { continue }
            let density = pair.density(at: v, aboveLoss: epsilon, edge: edge)
            #expect(abs(density.excess - density.mass * (1 - exp(-0.25))) < 1e-9 * density.mass)
        }
        let atoms = pair.atoms.reduce(0) { $0 + $1.mass }
        let pieces = Array(stride(from: range.lowerBound, through: range.upperBound, by: 0.0625)) + [range.upperBound]
        let inside = GaussKronrod.integral(over: pieces, relativeTo: 1e-3) {
            pair.density(at: $0, aboveLoss: -1, edge: pair.position(of: -1)).mass
        }
        #expect(abs(inside + atoms - 1) < 3e-8)
        let middle = pieces[pieces.count / 2]
        #expect(abs(pair.mass(below: middle) + pair.mass(above: middle) - 1) < 1e-12)
    }

    /// δ(ε) of two densities on the line by adaptive quadrature.
    private func hockeyStick(
        _ epsilon: Double, _ p: (Double) -> Double, _ q: (Double) -> Double, reach: Double
    ) -> Double {
        let pieces = Array(stride(from: -reach, through: reach, by: 0.125))
        return GaussKronrod.integral(over: pieces, relativeTo: 1e-2, tolerance: 1e-11) {
            max(0, p($0) - exp(epsilon) * q($0))
        }
    }

    private func normal(_ x: Double, _ mean: Double, _ sigma: Double) -> Double {
        exp(logNormalDensity((x - mean) / sigma)) / sigma
    }

    @Test("Of replace-one, no two records are easier to tell apart than opposite unit gradients")
    func replacement() throws {
        let (rate, sigma) = (0.3, 0.9)
        func mixture(_ mean: Double) -> (Double) -> Double {
            { x in (1 - rate) * normal(x, 0, sigma) + rate * normal(x, mean, sigma) }
        }
        for epsilon in [0.0, 0.1, 0.5, 1, 2] {
            let worst = hockeyStick(epsilon, mixture(1), mixture(-1), reach: 13)
            for (first, second) in [(1, 1), (1, 0), (0, 1), (1, -0.5), (0.5, -1), (0.5, -0.5), (1, 0.5), (0.2, -1)] {
                let other = hockeyStick(epsilon, mixture(first), mixture(second), reach: 13)
                #expect(other <= worst + 1e-9, "\(epsilon): \(first) \(second)")
            }
            let cut = try #require(
                DiscretisedPair(
                    .replacing(rate: rate, noiseMultiplier: sigma), spacing: 0.01, tails: .init(low: 1e-12, high: 1e-12)
                ))
            let (above, below) = (cut.distribution(.pessimistic), cut.distribution(.optimistic))
            #expect(below.delta(epsilon: epsilon) <= worst + 1e-11 && worst <= above.delta(epsilon: epsilon) + 1e-11)
            #expect(above.delta(epsilon: epsilon) - below.delta(epsilon: epsilon) < 2e-4)
        }
    }
}
