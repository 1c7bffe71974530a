import Auditing
import Foundation
import Models
import Statistics
import Tensors
import Testing
import ThreatModel

@Suite struct ImageQualityTests {
    @Test("The peak signal-to-noise ratio of a tenth is 20 dB, and of a copy the cap")
    func peak() {
        let original = Tensor([0.2, 0.4, 0.6, 0.8], shape: [1, 4])
        #expect(abs(peakSignalToNoise(original + 0.1, original) - 20) < 1e-4)
        #expect(peakSignalToNoise(original, original) == 100)
    }

    @Test("The control of an inversion is the population's class mean, and its grade keeps members apart")
    func inversion() throws {
        let candidates = Records(features: Tensor([0, 0, 1, 1, 0, 1], shape: [3, 2]), labels: [0, 1, 0])
        let population = Records(features: Tensor([0.5, 0.5, 1, 0, 1, 0], shape: [3, 2]), labels: [0, 1, 1])
        let game = InversionGame(candidates: candidates, population: population, secret: [true, false, false])
        let evidence = Reconstructions(candidates: [0, 1, 2], images: Tensor([0, 0.1, 1, 0, 0, 0], shape: [3, 2]))
        let measures = game.grade(evidence)
        // Member: error 0.01/2 against the mean (½, ½) of class 0, error 0.25.
        #expect(abs(measures[0].value + 10 * log10(0.005)) < 1e-4)
        #expect(abs((measures[0].control ?? 0) + 10 * log10(0.25)) < 1e-4)
        // Non-members: errors 1 and 1 in four pixels; class means (1, 0) and (½, ½): errors 1 and ½.
        #expect(abs(measures[1].value + 10 * log10(0.5)) < 1e-4)
        #expect(abs((measures[1].control ?? 0) + 10 * log10(1.5 / 4)) < 1e-4)
        #expect(try game.membership(evidence).auc.value == 1)
    }

    @Test("A student that is the victim has no divergence; an untrained one is the control")
    func extraction() throws {
        let network = Transformer(vocabulary: 7, context: 6, layers: 1, heads: 1, width: 8)
        let victim = Model(untrained: .transformer(network), RandomStream(seed: 1))
        let other = Model(untrained: .transformer(network), RandomStream(seed: 2))
        let held = Records(tokens: (0..<30).map { Int32($0 % 7) }, window: 6)
        let measures = try ExtractionGame(victim: victim, heldOut: held).fidelity(
            victim, control: other, controlName: "untrained")
        #expect(measures[0].value == 1)
        #expect(abs(measures[1].value) < 1e-9)
        #expect((measures[0].control ?? 1) < 1)
        #expect((measures[1].control ?? 0) > 1e-6)
    }
}
