import Autograd
import Models
import Tensors
import TestSupport
import Testing

@Suite("A generative adversarial network") struct GenerativeAdversarialNetworkTests {
    private let network = GenerativeAdversarialNetwork(
        inputs: 7, generatorHidden: [6], discriminatorHidden: [5], latents: 3)

    @Test("images lie in [0, 1]") func images() {
        let parameters = network.initialParameters(RandomStream(seed: 1))
        let bound = BoundParameters(parameters, on: Tape(.inference))
        let codes = bound.tape.constant(RandomStream(seed: 2).normalTensor([50, 3], deviation: 5))
        let images = network.generate(codes, bound).value
        #expect(images.shape == [50, 7] && images.values.allSatisfy { $0 >= 0 && $0 <= 1 })
    }

    @Test("the losses are those of Goodfellow, in their non-saturating form") func losses() {
        let parameters = network.initialParameters(RandomStream(seed: 1))
        let bound = BoundParameters(parameters, on: Tape(.inference))
        let (records, random) = (Records(features: Family.pixels(4, 7)), RandomStream(seed: 3))
        let codes = bound.tape.constant(random["code"].normalTensor([4, 3]))
        let fake = network.discriminate(network.generate(codes, bound), bound).value
        let real = network.discriminate(bound.tape.constant(records.requiredFeatures), bound).value
        func softplus(_ x: Tensor) -> Tensor { Activation.softplus(x) }
        let discriminator = network.losses(network.phases[0], records, bound, random).value
        expectClose(discriminator, (softplus(real * -1) + softplus(fake)).doubles, tolerance: 1e-6)
        let generator = network.losses(network.phases[1], records, bound, random).value
        expectClose(generator, softplus(fake * -1).doubles, tolerance: 1e-6)
    }

    @Test("only the discriminator touches data: the generator's loss ignores the records") func data() {
        #expect(network.phases.map(\.touchesData) == [true, false])
        let bound = BoundParameters(network.initialParameters(RandomStream(seed: 1)), on: Tape(.inference))
        func loss(_ phase: Int, _ seed: UInt64) -> Tensor {
            network.losses(
                network.phases[phase], Records(features: Family.pixels(4, 7, seed)), bound, RandomStream(seed: 3)
            ).value
        }
        #expect(loss(1, 1) == loss(1, 2))
        #expect(loss(0, 1) != loss(0, 2))
    }
}
