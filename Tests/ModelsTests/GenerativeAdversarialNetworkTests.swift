import Autograd
import Foundation
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

    /// A critic of one affine map, whose gradient is its weight everywhere.
    @Test("a Wasserstein critic's loss is difference plus penalty, and the generator's is the score's negative")
    func wasserstein() {
        let network = GenerativeAdversarialNetwork(
            inputs: 7, generatorHidden: [6], discriminatorHidden: [], latents: 3, critic: WassersteinCritic(penalty: 4))
        let parameters = network.initialParameters(RandomStream(seed: 1))
        let bound = BoundParameters(parameters, on: Tape(.inference))
        let (records, random) = (Records(features: Family.pixels(4, 7)), RandomStream(seed: 3))
        let codes = bound.tape.constant(random["code"].normalTensor([4, 3]))
        let fake = network.discriminate(network.generate(codes, bound), bound).value
        let real = network.discriminate(bound.tape.constant(records.requiredFeatures), bound).value
        let slope = parameters["discriminator.0.weight"].squaredNorm().squareRoot()
        let penalty = 4 * (slope - 1) * (slope - 1)
        #expect(penalty > 0.01)
        let critic = network.losses(network.phases[0], records, bound, random).value
        expectClose(critic, (fake - real).doubles.map { $0 + penalty })
        expectClose(network.losses(network.phases[1], records, bound, random).value, (fake * -1).doubles)
        #expect(network.phases.map(\.period) == [1, 5])
        #expect((0..<11).filter(network.phases[1].runs) == [4, 9])
        #expect((0..<3).filter(network.phases[0].runs) == [0, 1, 2])
    }

    /// The place of a pair's mixture is found from outside: the critic's slope at all places between the two.
    @Test(
        "the penalty looks at the slope between a record and its own fake",
        arguments: [
            GenerativeAdversarialNetwork(
                inputs: 30, generatorHidden: [6], discriminatorHidden: [9, 8], latents: 3,
                critic: WassersteinCritic(penalty: 1)),
            GenerativeAdversarialNetwork(
                inputs: 30, generatorHidden: [], discriminatorHidden: [6], latents: 3,
                convolutions: Family.convolutions(.none), critic: WassersteinCritic(penalty: 1)),
        ])
    func between(_ network: GenerativeAdversarialNetwork) throws {
        let family = Family("", network, Records(features: Family.pixels(4, 30)))
        let bound = BoundParameters(family.parameters, on: Tape(.inference))
        let random = RandomStream(seed: 3)
        let codes = bound.tape.constant(random["code"].normalTensor([4, 3]))
        let fakes = network.generate(codes, bound).value
        let reals = family.records.requiredFeatures
        let scores = [fakes, reals].map { network.discriminate(bound.tape.constant($0), bound).value }
        let losses = network.losses(network.phases[0], family.records, bound, random).value
        var telling = 0
        for pair in 0..<4 {
            let found = Double(losses[pair] - (scores[0][pair] - scores[1][pair]))
            let shares = random["mixture"].uniforms(4)
            func penalty(_ share: Float, real: Int, fake: Int) -> Double {
                let tape = Tape(.summed)
                let still = BoundParameters(family.parameters, on: tape, trainable: [])
                let x = tape.variable(reals.rows(real..<real + 1) * share + fakes.rows(fake..<fake + 1) * (1 - share))
                tape.backward(from: network.discriminate(x, still))
                let excess = tape.gradient(of: x).squaredNorm().squareRoot() - 1
                return excess * excess
            }
            let own = penalty(shares[pair], real: pair, fake: pair)
            #expect(abs(found - own) < 1e-4 * max(1, abs(found)), "\(found), expected \(own)")
            // Places in one piece of a piecewise linear critic have one slope, so not every pair can tell.
            let others = penalty(shares[pair], real: pair, fake: (pair + 1) % 4)
            if abs(others - own) > 1e-3 * max(1, abs(own)) { telling += 1 }
        }
        #expect(telling > 0, "the pair must matter")
        #expect(Set(random["mixture"].uniforms(4)).count == 4)
    }

    @Test("where the critic is flat the penalty is 1 and its gradient is zero, not undefined") func flat() {
        let network = GenerativeAdversarialNetwork(
            inputs: 7, generatorHidden: [6], discriminatorHidden: [5], latents: 3, critic: WassersteinCritic())
        var parameters = network.initialParameters(RandomStream(seed: 1))
        for name in parameters.names where name.hasPrefix("discriminator.") {
            parameters.update(name) { $0.scale(by: 0) }
        }
        let tape = Tape(.summed)
        let bound = BoundParameters(parameters, on: tape, trainable: ["discriminator."])
        let losses = network.losses(
            network.phases[0], Records(features: Family.pixels(4, 7)), bound, RandomStream(seed: 3))
        #expect(losses.value.values == [10, 10, 10, 10])
        tape.backward(from: losses)
        #expect(tape.parameterGradients().norm == 0)
    }

    @Test("the penalty is part of a record's one gradient: without it the norms are others") func joined() {
        func norms(_ penalty: Float) -> [Float] {
            let network = GenerativeAdversarialNetwork(
                inputs: 7, generatorHidden: [6], discriminatorHidden: [9], latents: 3,
                critic: WassersteinCritic(penalty: penalty))
            let family = Family("", network, Records(features: Family.pixels(4, 7)))
            return family.run(network.phases[0], .perExample(count: 4), family.records, family.parameters).tape
                .perExampleGradients().norms()
        }
        #expect(zip(norms(0), norms(10)).allSatisfy { abs($0 / $1 - 1) > 0.01 })
    }

    @Test("a critic with a normalisation ends the program") func normalised() async {
        await #expect(processExitsWith: .failure) {
            _ = GenerativeAdversarialNetwork(
                inputs: 30, generatorHidden: [], discriminatorHidden: [], latents: 3,
                convolutions: Family.convolutions(.group), critic: WassersteinCritic())
        }
    }

    @Test("a network without a critic is encoded as before there were any, and one with is read back")
    func encoding() throws {
        #expect(!String(decoding: try JSONEncoder().encode(network), as: UTF8.self).contains("critic"))
        var critic = network
        critic.critic = WassersteinCritic(penalty: 3, steps: 2)
        for network in [network, critic] {
            let data = try JSONEncoder().encode(network)
            #expect(try JSONDecoder().decode(GenerativeAdversarialNetwork.self, from: data) == network)
        }
    }
}
