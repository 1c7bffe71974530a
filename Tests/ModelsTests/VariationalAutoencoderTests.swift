import Autograd
import Foundation
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

    private static let labels: [Int32] = [2, 0, 1, 1]

    /// Rows that are 1 in the column of `labels`.
    private static let told = Tensor([0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0], shape: [4, 3])

    @Test("a conditional one reads the class beside the pixels, and draws by it beside the code") func conditional() {
        let network = VariationalAutoencoder(inputs: 7, hidden: [6], latents: 2, classes: 3)
        let bound = BoundParameters(network.initialParameters(RandomStream(seed: 1)), on: Tape(.inference))
        func beside(_ x: Tensor) -> Variable {
            concatenateColumns([bound.tape.constant(x), bound.tape.constant(Self.told)])
        }
        let (mean, logVariance) = network.posterior(bound.tape.constant(x), of: Self.labels, bound)
        let plain = VariationalAutoencoder(inputs: 10, hidden: [6], latents: 2).posterior(beside(x), bound)
        #expect(mean.value == plain.mean.value && logVariance.value == plain.logVariance.value)
        let logits = network.decode(mean, of: Self.labels, bound).value
        let wider = VariationalAutoencoder(inputs: 7, hidden: [6], latents: 5).decode(beside(mean.value), bound)
        #expect(logits == wider.value)
        // Its own class at least moves each record.
        let others = network.decode(mean, of: [0, 1, 2, 2], bound).value
        for record in 0..<4 { #expect(others.row(record) != logits.row(record)) }
    }

    @Test("images are told the class by a plane of ones behind their channels") func planes() {
        let network = VariationalAutoencoder(
            inputs: 30, hidden: [], latents: 2, convolutions: Family.convolutions(.none), classes: 3)
        let bound = BoundParameters(network.initialParameters(RandomStream(seed: 1)), on: Tape(.inference))
        let x = Family.pixels(4, 30)
        var images = Tensor.zeros([4, 120])
        for record in 0..<4 {
            for pixel in 0..<30 {
                images[(record * 30 + pixel) * 4] = x[record * 30 + pixel]
                images[(record * 30 + pixel) * 4 + 1 + Int(Self.labels[record])] = 1
            }
        }
        let mean = network.posterior(bound.tape.constant(x), of: Self.labels, bound).mean
        let encoder = network.stacks[0].stack(bound.tape.constant(images), bound, prefix: "encoder")
        #expect(mean.value == columns(encoder, 0..<2).value)
        #expect(bound["encoder.0.weight"].shape == [3, 3, 3, 4])
    }

    @Test("each hidden layer of the encoder has its activation, and the decoder mirrors them") func activations() {
        let network = VariationalAutoencoder(inputs: 7, hidden: [6, 5], latents: 2, activations: [.elu, .tanh])
        let bound = BoundParameters(network.initialParameters(RandomStream(seed: 1)), on: Tape(.inference))
        func stack(_ x: Tensor, _ prefix: String, _ activations: [Activation]) -> Tensor {
            activations.enumerated().reduce(bound.tape.constant(x)) { x, layer in
                let name = "\(prefix).\(2 * layer.offset)"
                return linear(x, bound["\(name).weight"], bound["\(name).bias"], layer.element)
            }.value
        }
        let encoded = stack(x, "encoder", [.elu, .tanh, .identity])
        #expect(network.posterior(bound.tape.constant(x), bound).mean.value == encoded.columns(0..<2))
        let code = RandomStream(seed: 2).normalTensor([4, 2])
        #expect(
            network.decode(bound.tape.constant(code), bound).value == stack(code, "decoder", [.tanh, .elu, .identity]))
        let alone = VariationalAutoencoder(inputs: 7, hidden: [6, 5], latents: 2, activations: [.elu])
        let all = VariationalAutoencoder(inputs: 7, hidden: [6, 5], latents: 2, activations: [.elu, .elu])
        #expect(alone.stacks.map(\.stack) == all.stacks.map(\.stack))
    }

    @Test("a weight is the joint density of record and code over the code's own", arguments: [0, 3])
    func negativeLogWeights(classes: Int) {
        let network = VariationalAutoencoder(inputs: 7, hidden: [6], latents: 2, classes: classes)
        let bound = BoundParameters(network.initialParameters(RandomStream(seed: 1)), on: Tape(.inference))
        let labels = classes > 0 ? Self.labels : nil
        let noise = RandomStream(seed: 3).normalTensor([5, 2])
        let found = network.negativeLogWeights(x, of: labels, noise: noise, bound).value
        #expect(found.shape == [4, 5])
        let (mean, logVariance) = network.posterior(bound.tape.constant(x), of: labels, bound)
        let expected = (0..<4).flatMap { record in
            (0..<5).map { draw in
                let (m, l) = (mean.value.row(record).map(Double.init), logVariance.value.row(record).map(Double.init))
                let z = (0..<2).map { m[$0] + exp(l[$0] / 2) * Double(noise[draw * 2 + $0]) }
                let code = Tensor(z.map { Float($0) }, shape: [1, 2])
                let logits = network.decode(bound.tape.constant(code), of: labels.map { [$0[record]] }, bound)
                let error = logits.value.binaryCrossEntropy(Tensor(x.row(record), shape: [1, 7]))
                func logNormal(_ z: Double, _ mean: Double, _ variance: Double) -> Double {
                    -0.5 * (log(2 * .pi * variance) + (z - mean) * (z - mean) / variance)
                }
                let prior = z.reduce(0) { $0 + logNormal($1, 0, 1) }
                let posterior = (0..<2).reduce(0) { $0 + logNormal(z[$1], m[$1], exp(l[$1])) }
                return Double(error[0]) - prior + posterior
            }
        }
        expectClose(found, expected)
    }
}
