import Models
import Tensors
import Testing
import ThreatModel

@Suite struct DiscriminatesTests {
    private let random = RandomStream(seed: 61)
    private var gan: Model {
        Model(
            untrained: .generativeAdversarialNetwork(
                GenerativeAdversarialNetwork(inputs: 5, generatorHidden: [4], discriminatorHidden: [3], latents: 2)),
            random)
    }

    @Test("Samples and their logits are those of the model, and each costs a query")
    func answers() throws {
        let meter = QueryMeter()
        let victim = Discriminates(to: Victim(gan), meter: meter)
        let images = try victim.samples(7, random["drawn"])
        #expect(try images == SamplesOnly(to: Victim(gan), meter: QueryMeter()).samples(7, random["drawn"]))
        let expected = try WhiteBox(to: Victim(gan), meter: QueryMeter())
            .values(.discriminatorLogit, of: Records(features: images))
        #expect(try victim.logits(of: images) == expected)
        #expect(meter.queries == 14)
    }

    @Test("A generator without a discriminator is refused before it is paid")
    func refused() {
        let meter = QueryMeter()
        let model = Model(
            untrained: .variationalAutoencoder(VariationalAutoencoder(inputs: 5, hidden: [], latents: 2)), random)
        #expect(throws: ThreatModelError.self) {
            try Discriminates(to: Victim(model), meter: meter).samples(7, random)
        }
        #expect(meter.queries == 0)
    }
}
