import Autograd
import Mechanisms
import Tensors
import Testing

@Suite("A clipped sum without privacy") struct UnprotectedSumTests {
    @Test("It is the bounded sum over the expected batch, without noise, whole or in parts")
    func mean() {
        let records = tinyRecords(20)
        var expected = value(BoundedSum(clipping: tinyGradients(records), by: .flat(norm: 0.5)))
        expected.scale(by: 1 / 16)
        var sum = UnprotectedSum(clippingWithoutPrivacy: tinyGradients(records.rows(0..<9)), by: .flat(norm: 0.5))
        sum.merge(UnprotectedSum(clippingWithoutPrivacy: tinyGradients(records.rows(9..<20)), by: .flat(norm: 0.5)))
        let (mean, norm) = sum.meanWithoutPrivacy(expectedBatch: 16)
        #expect(distance(mean, expected) < 1e-6)
        #expect(norm == nil && mean.norm > 0.1)
    }

    @Test("An adaptive norm moves by the exact count")
    func adaptive() throws {
        let settings = QuantileClipping(norm: 1e6, rate: 0.5, countDeviation: 1)
        let sum = UnprotectedSum(clippingWithoutPrivacy: tinyGradients(tinyRecords(8)), by: .adaptive(settings))
        let next = try #require(sum.meanWithoutPrivacy(expectedBatch: 8).nextNorm)
        // All eight are within: b − γ = ½.
        #expect(abs(next / 1e6 - 0.7788007830714049) < 1e-9)
    }
}
