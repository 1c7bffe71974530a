import Autograd
import Lab
import Statistics
import Tensors
import Testing

@Suite("Gradient canary")
struct GradientCanaryTests {
    private func verdict(
        _ specimen: Specimen, _ lab: TinyLab, seed: UInt64 = 1, level: Double = 0.999, pairs: Int = 200, runs: Int = 0,
        runSteps: Int = 30
    ) throws -> Verdict {
        var canary = GradientCanary()
        (canary.pairs, canary.runs, canary.runSteps) = (pairs, runs, runSteps)
        return try canary.verdict(
            on: specimen.step(lab.claim), lab.gradients, random: RandomStream(seed: seed)["canary"], level: level)
    }

    @Test("The correct twin is accepted at least as often as stated (level 80 % over 60 seeds, test level 0.001)")
    func falseAlarms() throws {
        let lab = TinyLab(noiseMultiplier: 1)
        let alarms = try (0..<60).count { seed in
            try verdict(.correct, lab, seed: UInt64(seed), level: 0.8, pairs: 40).isCaught
        }
        #expect(Binomial(trials: 60, probability: 0.2).probability(atLeast: alarms) > 0.001, "\(alarms) alarms")
    }

    @Test("The bound on a correct mechanism is below the claim, and not far below")
    func tightness() throws {
        let found = try verdict(.correct, TinyLab(noiseMultiplier: 0.7), pairs: 800)
        #expect(!found.isCaught)
        let fit = found.checks[0]
        #expect(fit.statistic > 0.4 * (fit.limit ?? .infinity), "\(fit)")
    }

    @Test("Without noise the canary separates the steps perfectly")
    func noNoise() throws {
        let found = try verdict(.noNoise, TinyLab(noiseMultiplier: 2))
        #expect(found.isCaught && found.checks[0].statistic > 2 * (found.checks[0].limit ?? .infinity))
    }

    @Test("Of one noise vector for all steps, neither steps nor their differences have any")
    func oneNoiseVector() throws {
        let found = try verdict(.oneNoiseVector, TinyLab(noiseMultiplier: 2))
        for check in found.checks where check.name.hasSuffix("Gaussian fit") {
            #expect(check.statistic > check.limit ?? .infinity, "\(check)")
        }
    }

    /// Adds the same noise to two successive steps, and other noise to the next two.
    private struct SharedByTwo: PrivateStep {
        let correct: any PrivateStep
        var claim: MechanismClaim { correct.claim }
        func batch(step: Int, random: RandomStream) -> [Int] { correct.batch(step: step, random: random) }
        func release(_ gradients: PerExampleGradients, step: Int, random: RandomStream) -> Parameters {
            correct.release(gradients, step: step / 2, random: random)
        }
    }

    @Test("Noise that two steps share leaves single steps private, and is caught by their difference")
    func sharedByTwo() throws {
        let lab = TinyLab(noiseMultiplier: 2)
        var canary = GradientCanary()
        (canary.pairs, canary.runs) = (200, 0)
        let found = try canary.verdict(
            on: SharedByTwo(correct: Specimen.correct.step(lab.claim)), lab.gradients, random: RandomStream(seed: 5),
            level: 0.999)
        #expect(found.isCaught && found.words.hasPrefix("the difference of two steps, Gaussian fit"), "\(found.words)")
        #expect(found.checks[0].statistic < found.checks[0].limit ?? 0)
    }

    @Test("Runs see how often the sampler takes the canary, which single steps do not")
    func runs() throws {
        let lab = TinyLab(noiseMultiplier: 1.5, batch: 5)
        let broken = try verdict(.rateTimesTen, lab, pairs: 20, runs: 500)
        #expect(broken.isCaught && broken.words.hasPrefix("a run of 30 steps"), "\(broken)")
        #expect(!(try verdict(.correct, lab, pairs: 20, runs: 200).isCaught))
    }
}
