import Foundation
import Testing

@testable import Accounting

@Suite("Composition of privacy losses")
struct ComposedPrivacyLossTests {
    /// Two small distributions on one lattice whose origins differ.
    private let first = PrivacyLossDistribution(
        spacing: 0.1, origin: 0.013, lowest: -3, masses: [0.1, 0.2, 0.05, 0.3, 0.2, 0.1, 0.04], infinite: 0.01)
    private let second = PrivacyLossDistribution(
        spacing: 0.1, origin: 0, lowest: -1, masses: [0.5, 0.2, 0, 0.3], infinite: 0)

    /// All sums with their probabilities, by convolution.
    private func convolution(_ parts: [(PrivacyLossDistribution, Int)]) -> PrivacyLossDistribution {
        var (masses, lowest, origin, finite) = ([1.0], 0, 0.0, 1.0)
        for (part, count) in parts {
            for _ in 0..<count {
                var next = [Double](repeating: 0, count: masses.count + part.masses.count - 1)
                for (i, a) in masses.enumerated() {
                    for (j, b) in part.masses.enumerated() { next[i + j] += a * b }
                }
                (masses, lowest) = (next, lowest + part.lowest)
                origin += part.origin
                finite *= 1 - part.infinite
            }
        }
        return PrivacyLossDistribution(
            spacing: 0.1, origin: origin, lowest: lowest, masses: masses, infinite: 1 - finite)
    }

    private func composed(tilt: Double, window: LossWindow, count: Int) throws -> ComposedPrivacyLoss {
        try #require(
            ComposedPrivacyLoss(
                [
                    ComposedPrivacyLoss.Part(distribution: first, count: 5),
                    ComposedPrivacyLoss.Part(distribution: second, count: 3),
                ], tilt: tilt, window: window, count: count))
    }

    @Test("Every tilt inverts the δ(ε) of the direct convolution, down to 1e-9", arguments: [0.0, 0.5, 3, 9])
    func convolutions(tilt: Double) throws {
        let whole = LossWindow(start: -6, end: 6, lowExponent: tilt - 9, highExponent: tilt + 9)
        let sum = try composed(tilt: tilt, window: whole, count: 128)
        let direct = convolution([(first, 5), (second, 3)])
        for epsilon in [0.05, 0.31, 1, 1.7] {
            let delta = direct.delta(epsilon: epsilon)
            let upper = try #require(sum.epsilon(delta: delta, .pessimistic))
            let lower = try #require(sum.epsilon(delta: delta - direct.infinite, .optimistic))
            #expect(abs(upper - epsilon) < 1e-6 && abs(lower - epsilon) < 1e-6, "\(epsilon): \(lower) \(upper)")
        }
    }

    @Test("A short window still bounds, when what wraps around is large")
    func wrapping() throws {
        let direct = convolution([(first, 5), (second, 3)])
        for (start, count) in [(-0.5, 32), (0.5, 16), (1.0, 8)] {
            let window = LossWindow(start: start, end: start + 0.1 * Double(count), lowExponent: -4, highExponent: 9)
            let sum = try composed(tilt: 3, window: window, count: count)
            for epsilon in [0.6, 1.1, 1.4] {
                let delta = direct.delta(epsilon: epsilon)
                if let upper = sum.epsilon(delta: delta, .pessimistic) { #expect(upper >= epsilon - 1e-9) }
                if let lower = sum.epsilon(delta: delta - direct.infinite, .optimistic) {
                    #expect(lower <= epsilon + 1e-9)
                }
            }
        }
    }

    @Test("A delta below the mass at infinity has no epsilon")
    func infinite() throws {
        let whole = LossWindow(start: -6, end: 6, lowExponent: -9, highExponent: 9)
        let sum = try composed(tilt: 1, window: whole, count: 128)
        #expect(sum.epsilon(delta: 0.01, .pessimistic) == .infinity)
        // Five draws of 0.01 and three of none.
        #expect(try #require(sum.epsilon(delta: 0.0491, .pessimistic)).isFinite)
        #expect(sum.epsilon(delta: 0.0490, .pessimistic) == .infinity)
    }

    @Test("Cumulants are the logarithm of the moment and its derivatives")
    func cumulants() {
        func value(_ t: Double) -> Double {
            log(zip(first.masses.indices, first.masses).reduce(0) { $0 + $1.1 * exp(t * first.loss($1.0)) })
        }
        let at = Cumulants(first, at: 0.7)
        #expect(abs(at.value - value(0.7)) < 1e-14)
        #expect(abs(at.mean - (value(0.7001) - value(0.6999)) / 2e-4) < 1e-8)
        #expect(abs(at.variance - (value(0.701) - 2 * value(0.7) + value(0.699)) / 1e-6) < 1e-6)
    }
}
