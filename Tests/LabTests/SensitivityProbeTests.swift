import Autograd
import Lab
import Tensors
import Testing

@Suite("Sensitivity probe")
struct SensitivityProbeTests {
    private func verdict(_ specimen: Specimen, _ lab: TinyLab = TinyLab()) -> Verdict {
        SensitivityProbe().verdict(
            on: specimen.step(lab.claim), lab.gradients, random: RandomStream(seed: 2), level: 0.999)
    }

    @Test("Clipped records move the sum by C exactly, at any C and any noise", arguments: [0.01, 1, 40])
    func correct(norm: Double) {
        let verdict = verdict(.correct, TinyLab(clippingNorm: norm, noiseMultiplier: 5))
        #expect(!verdict.isCaught)
        #expect(abs(verdict.worst.statistic - 1) < 1e-3, "\(verdict.words)")
    }

    @Test("A clipped mean moves by twice the norm, which is 2B times what is claimed for a record")
    func mean() {
        let verdict = verdict(.meanClipping)
        #expect(verdict.isCaught && abs(verdict.worst.statistic - 20) < 0.05, "\(verdict.words)")
    }

    @Test("A record turns the mean of its microbatch round, which moves the sum by 2C and more")
    func microbatch() {
        let verdict = verdict(.microbatchNorm)
        #expect(verdict.isCaught && verdict.worst.statistic > 1.99)
        let found = verdict.checks.first { $0.name == "a huge gradient against one of norm C" }
        #expect(found.map { abs($0.statistic - 2) < 0.01 } == true)
    }

    /// Clips to 1.01 times what is claimed.
    private struct Loose: PrivateStep {
        var claim: MechanismClaim
        func batch(step: Int, random: RandomStream) -> [Int] { [1, 2, 3] }
        func release(_ gradients: PerExampleGradients, step: Int, random: RandomStream) -> Parameters {
            let weights = gradients.norms().map {
                $0.isFinite ? min(1, 1.01 * Float(claim.clippingNorm) / max($0, 1e-9)) : 0
            }
            var sum = craftedGradients(gradients.rows()).weightedSum(weights)
            for name in sum.names where !sum.norm.isFinite { sum[name] = .zeros(sum[name].shape) }
            sum.scale(by: 1 / Float(claim.batch))
            return sum
        }
    }

    @Test("One per cent too much is seen, and a gradient that is no number must not pass through")
    func sharp() {
        let lab = TinyLab()
        let verdict = SensitivityProbe()
            .verdict(on: Loose(claim: lab.claim), lab.gradients, random: RandomStream(seed: 2), level: 0.999)
        #expect(verdict.isCaught && verdict.checks.contains { abs($0.statistic - 1.01) < 2e-4 }, "\(verdict.words)")
    }
}
