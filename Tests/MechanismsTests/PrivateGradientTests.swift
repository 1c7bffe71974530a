import Accounting
import Autograd
import Mechanisms
import Tensors
import Testing

@Suite struct PrivateGradientTests {
    private let privacy = GradientPrivacy(clippingNorm: 0.5, noiseMultiplier: 1e-9)
    private let random = RandomStream(seed: 2)

    @Test("The sum is divided by the expected batch, not by the one that was drawn")
    func expectedBatch() {
        let records = tinyRecords(12)
        let sum = value(BoundedSum(clipping: tinyGradients(records), to: 0.5))
        let (gradient, _) = privacy.release(
            BoundedSum(clipping: tinyGradients(records), to: 0.5), samplingRate: 0.1, expectedBatch: 50,
            noise: .seeded(random))
        var expected = sum
        expected.scale(by: 1 / 50)
        #expect(distance(gradient, expected) <= 1e-6 * expected.norm)
    }

    @Test("The noise of the mean is that of the sum, divided by the expected batch")
    func scaledNoise() {
        let empty = tinyRecords(12).rows(0..<0)
        let loud = GradientPrivacy(clippingNorm: 0.5, noiseMultiplier: 3)
        var sum = BoundedSum(clipping: tinyGradients(empty), to: 0.5)
            .released(noiseMultiplier: 3, noise: .seeded(random))
        let (gradient, _) = loud.release(
            BoundedSum(clipping: tinyGradients(empty), to: 0.5), samplingRate: 0.1, expectedBatch: 8,
            noise: .seeded(random))
        sum.scale(by: 1 / 8)
        #expect(sum.norm > 0)
        #expect(gradient == sum)
    }

    @Test(
        "A release is recorded with its sampling rate and noise multiplier, whatever the batch held", arguments: [0, 9])
    func event(count: Int) {
        let (_, event) = GradientPrivacy(clippingNorm: 2, noiseMultiplier: 1.25).release(
            BoundedSum(clipping: tinyGradients(tinyRecords(9).rows(0..<count)), to: 2), samplingRate: 0.125,
            expectedBatch: 16, noise: .seeded(random))
        #expect(event == .poissonSampledGaussian(rate: 0.125, noiseMultiplier: 1.25))
    }

    @Test(
        "Settings without clipping or without noise are refused", arguments: [[0.0, 1], [1, 0], [-1, 1], [1, -1]])
    func impossible(settings: [Double]) async {
        await #expect(processExitsWith: .failure) { [settings] in
            _ = GradientPrivacy(clippingNorm: settings[0], noiseMultiplier: settings[1])
        }
    }

    @Test("Seeded noise says that it can be reproduced")
    func reproducible() {
        #expect(NoiseSource.seeded(random).isReproducible)
    }
}
