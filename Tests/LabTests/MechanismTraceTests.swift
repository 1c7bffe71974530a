import Lab
import Tensors
import Testing

@Suite("Mechanism traces")
struct MechanismTraceTests {
    @Test(
        "Without noise the release is the clipped sum that is computed here, whether all, some or no records are clipped",
        arguments: [0.5, 1.5, 20])
    func clippedSum(norm: Double) {
        let noise = TinyLab(clippingNorm: norm).trace(.noNoise, steps: 12).noise
        #expect(noise.steps == 12 && noise.width == 43)
        #expect(noise.values.allSatisfy { abs($0) < 1e-5 })
    }

    @Test("The noise of the correct twin is that of its stream, in units of its deviation")
    func noise() {
        let lab = TinyLab()
        let noise = lab.trace(.correct, steps: 3, seed: 9).noise
        let stream = RandomStream(seed: 9)["noise"][2]["body.0.weight"].normalTensor([24])
        for (found, expected) in zip(noise.values[86...], stream.values) {
            #expect(abs(found - Double(expected)) < 1e-5)
        }
    }

    @Test("Batches are those of the mechanism, step by step")
    func batches() {
        let lab = TinyLab()
        let step = Specimen.correct.step(lab.claim)
        let found = lab.trace(.correct, steps: 5, seed: 3).batches.batches
        #expect(found == (0..<5).map { step.batch(step: $0, random: RandomStream(seed: 3)) })
    }
}
