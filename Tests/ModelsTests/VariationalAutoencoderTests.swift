import Autograd
import Models
import Tensors
import TestSupport
import Testing

@Suite("A variational autoencoder") struct VariationalAutoencoderTests {
    private let network = VariationalAutoencoder(inputs: 7, hidden: [6], latents: 2)
    private let x = Family.pixels(4, 7)

    private var bound: BoundParameters {
        BoundParameters(network.initialParameters(RandomStream(seed: 1)), on: Tape(.inference))
    }

    @Test("the loss is reconstruction plus divergence at the drawn code") func negativeELBO() {
        let bound = bound
        let noise = RandomStream(seed: 2).normalTensor([4, 2])
        let (mean, logVariance) = network.posterior(bound.tape.constant(x), bound)
        let spread = Activation.exponential(logVariance.value * 0.5)
        let code = mean.value + spread * noise
        let reconstruction = network.decode(bound.tape.constant(code), bound).value.binaryCrossEntropy(x)
        let divergence = (0..<4).map { row in
            zip(mean.value.row(row), logVariance.value.row(row)).reduce(0.0) { total, pair in
                let (m, l) = (Double(pair.0), Double(pair.1))
                return total + 0.5 * (m * m - l - 1)
            }
        }
        let squares = (spread * spread).rowSums().doubles
        let expected = (0..<4).map { Double(reconstruction[$0]) + divergence[$0] + 0.5 * squares[$0] }
        expectClose(network.negativeELBO(x, noise: noise, bound).value, expected)
    }

    @Test("without noise the code is the mean, and noise scales with the deviation") func sample() {
        let bound = bound
        let (mean, logVariance) = (bound.tape.constant(Tensor([1, 2])), bound.tape.constant(Tensor([0, 4])))
        #expect(network.sample(mean, logVariance, noise: .zeros([2])).value == Tensor([1, 2]))
        expectClose(network.sample(mean, logVariance, noise: Tensor([1, -1])).value, [2, 2 - 7.38905609893065])
    }
}
