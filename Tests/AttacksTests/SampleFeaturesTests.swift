import Tensors
import Testing
import ThreatModel

@Suite struct SampleFeaturesTests {
    @Test("Up to a block they are features of the samples; beyond it the samples go on, each paid for once")
    func blocks() throws {
        let meter = QueryMeter()
        let victim = SamplesOnly(to: Victim(try Arena.gan().untrained), meter: meter)
        let random = RandomStream(seed: 2)
        func firstPixel(_ images: Tensor) -> Tensor { images.columns(0..<1) }
        let few = try victim.features(50, random, firstPixel)
        #expect(try few == firstPixel(victim.samples(50, random)))
        #expect(meter.queries == 100)
        let many = try victim.features(8200, random, firstPixel)
        #expect(many.shape == [8200, 1])
        #expect(try many.rows(8192..<8200) == firstPixel(victim.samples(8, random[1])))
        #expect(meter.queries == 100 + 8200 + 8)
    }
}
