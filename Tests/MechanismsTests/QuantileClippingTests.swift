import Accounting
import Autograd
import Foundation
import Mechanisms
import Tensors
import Testing

@Suite("Quantile clipping") struct QuantileClippingTests {
    /// One step on records, by noise so small that the count is read exactly.
    private func step(_ norm: Double, _ records: Tensor, expectedBatch: Double) throws -> Double {
        let settings = QuantileClipping(norm: norm, quantile: 0.5, rate: 0.2, countDeviation: 1e-6)
        let privacy = GradientPrivacy(clipping: .adaptive(settings), noiseMultiplier: 1e-6)
        let release = privacy.step(
            BoundedSum(clipping: tinyGradients(records), by: privacy.clipping), samplingRate: 1,
            expectedBatch: expectedBatch, noise: .seeded(RandomStream(seed: 1)))
        return try #require(release.nextNorm)
    }

    @Test("The norm moves by exp(−η(b − γ)) with b the share within the norm, over the expected batch")
    func update() throws {
        let records = tinyRecords(20)
        let norms = tinyGradients(records).norms().map(Double.init)
        for norm in [0.1, 0.5, 2, 1000] {
            let within = Double(norms.count { $0 <= norm })
            // Σ(bᵢ − ½)/E + ½ for twenty records where sixteen were expected.
            let share = (within - 10) / 16 + 0.5
            let found = try step(norm, records, expectedBatch: 16)
            #expect(abs(found / (norm * exp(-0.2 * (share - 0.5))) - 1) < 1e-5, "at \(norm)")
        }
    }

    @Test("Repeated, it settles at the quantile of the norms from below and from above", arguments: [0.001, 1000])
    func settles(from start: Double) throws {
        let records = tinyRecords(21)
        let norms = tinyGradients(records).norms().map(Double.init).sorted()
        var norm = start
        for _ in 0..<220 { norm = try step(norm, records, expectedBatch: 21) }
        #expect(norm > norms[8] && norm < norms[12])
    }

    @Test("An empty batch, and a gradient that is not finite, say nothing in favour of the norm")
    func extremes() throws {
        let records = tinyRecords(4)
        #expect(abs(try step(0.5, records.rows(0..<0), expectedBatch: 4) - 0.5) < 1e-5)
        // All four are outside: Σ(bᵢ − ½) = −2.
        let poisoned = try step(0.5, Tensor(repeating: .nan, shape: [4, 3]), expectedBatch: 4)
        #expect(abs(poisoned - 0.5 * exp(0.1)) < 1e-5)
    }

    @Test("Gradient and count together have the total multiplier: σ⁻² = σ_g⁻² + (2σ_b)⁻²")
    func multipliers() throws {
        let settings = QuantileClipping(norm: 1, countDeviation: 3)
        let gradient = try #require(settings.gradientMultiplier(total: 1.2))
        #expect(gradient > 1.2)
        #expect(abs(1 / (gradient * gradient) + 1 / 36 - 1 / 1.44) < 1e-12)
        #expect(settings.gradientMultiplier(total: 6) == nil)
        #expect(settings.gradientMultiplier(total: 5.999) != nil)
    }

    @Test("The ledger's event has the total multiplier; the gradient has the larger noise (level 0.001)")
    func release() throws {
        let settings = QuantileClipping(norm: 0.5, countDeviation: 0.7)
        let privacy = GradientPrivacy(clipping: .adaptive(settings), noiseMultiplier: 1.2)
        let multiplier = try #require(privacy.gradientMultiplier)
        #expect(multiplier > 2.3)
        var squares = 0.0
        var draws = 0.0
        for seed in 0..<200 {
            let release = privacy.step(
                BoundedSum(clipping: tinyGradients(tinyRecords(3).rows(0..<0)), by: privacy.clipping),
                samplingRate: 0.25, expectedBatch: 1, noise: .seeded(RandomStream(seed: UInt64(seed))))
            #expect(release.event == .poissonSampledGaussian(rate: 0.25, noiseMultiplier: 1.2))
            squares += release.gradient.norm * release.gradient.norm
            draws += Double(release.gradient.scalarCount)
        }
        // χ² with 6,000 degrees of freedom is normal enough: 3.29 standard deviations of √(2/n).
        let ratio = squares / draws / (0.25 * multiplier * multiplier)
        #expect(abs(ratio - 1) < 3.29 * (2 / draws).squareRoot())
        #expect(abs(squares / draws / (0.25 * 1.44) - 1) > 3.29 * (2 / draws).squareRoot())
    }

    @Test("Too little noise on the count for the total ends the program")
    func impossible() async {
        await #expect(processExitsWith: .failure) {
            _ = GradientPrivacy(
                clipping: .adaptive(QuantileClipping(norm: 1, countDeviation: 0.5)), noiseMultiplier: 1)
        }
    }
}
