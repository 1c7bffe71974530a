import Autograd
import Models
import Tensors
import Testing

@Suite("Models learn") struct LearningTests {
    /// Mean losses before and after some steps of Adam on the whole of the records.
    private func train(_ network: any Network, _ records: Records, steps: Int) -> (before: Double, after: Double) {
        var parameters = network.initialParameters(RandomStream(seed: 1))
        var (m, v) = (Parameters(), Parameters())
        for name in parameters.names {
            (m[name], v[name]) = (.zeros(parameters[name].shape), .zeros(parameters[name].shape))
        }
        var history: [Double] = []
        for step in 1...steps {
            let tape = Tape(.summed)
            let bound = BoundParameters(parameters, on: tape)
            let random = RandomStream(seed: 2)[step]
            let loss = mean(network.losses(network.phases[0], records, bound, random))
            history.append(Double(loss.value.scalar))
            tape.backward(from: loss)
            let gradients = tape.parameterGradients()
            for name in gradients.names {
                var (first, second) = (m[name], v[name])
                parameters.update(name) {
                    $0.adam(
                        gradient: gradients[name], m: &first, v: &second, step: step, rate: 0.01, beta1: 0.9,
                        beta2: 0.999, epsilon: 1e-8, decoupledDecay: 0, coupledDecay: 0)
                }
                (m[name], v[name]) = (first, second)
            }
        }
        return (history[0], history[steps - 1])
    }

    /// Thirty-two images of sixteen pixels that are mixtures of two patterns.
    private let images: Records = {
        let random = RandomStream(seed: 3)
        let patterns = [random["a"].uniforms(16), random["b"].uniforms(16)]
        let values = (0..<32).flatMap { image -> [Float] in
            let share = Float(random.uniform(image))
            return zip(patterns[0], patterns[1]).map { ($0 > 0.5 ? share : 0) + ($1 > 0.5 ? 1 - share : 0) }
        }
        return Records(features: Tensor(values, shape: [32, 16]))
    }()

    @Test("an autoencoder reconstructs mixtures of two patterns") func autoencoder() {
        let (before, after) = train(Autoencoder(inputs: 16, hidden: [16], latents: 2), images, steps: 100)
        #expect(before > 10 && after < 0.75 * before, "\(before) → \(after)")
    }

    @Test("a variational autoencoder, too") func variational() {
        let (before, after) = train(VariationalAutoencoder(inputs: 16, hidden: [16], latents: 2), images, steps: 100)
        #expect(after < 0.85 * before, "\(before) → \(after)")
    }

    @Test("a convolutional autoencoder and a variational one, too", arguments: Convolutions.Normalisation.allCases)
    func convolutional(_ normalisation: Convolutions.Normalisation) {
        let convolutions = Convolutions(
            height: 4, width: 4,
            layers: [.init(channels: 8, kernel: 3, padding: 1), .init(channels: 8, kernel: 2, stride: 2)],
            normalisation: normalisation)
        let (before, after) = train(
            Autoencoder(inputs: 16, hidden: [], latents: 2, convolutions: convolutions), images, steps: 100)
        #expect(before > 10 && after < 0.75 * before, "\(before) → \(after)")
        let (first, last) = train(
            VariationalAutoencoder(inputs: 16, hidden: [], latents: 2, convolutions: convolutions), images, steps: 100)
        #expect(last < 0.85 * first, "\(first) → \(last)")
    }

    @Test("a convolutional classifier tells where a stroke lies") func strokes() {
        let places = (0..<60).map { Int(RandomStream(seed: 4).uniform($0) * 6) }
        let upright = (0..<60).map { RandomStream(seed: 5).uniform($0) < 0.5 }
        var pixels = Tensor.zeros([60, 36])
        for image in 0..<60 {
            for step in 0..<6 {
                pixels[image * 36 + (upright[image] ? 6 * step + places[image] : 6 * places[image] + step)] = 1
            }
        }
        let network = Classifier(
            inputs: 36, hidden: [], classes: 2,
            convolutions: Convolutions(
                height: 6, width: 6, layers: [.init(channels: 4, kernel: 3), .init(channels: 4, kernel: 2, stride: 2)]))
        let (before, after) = train(
            network, Records(features: pixels, labels: upright.map { $0 ? 1 : 0 }), steps: 100)
        #expect(before > 0.3 && after < 0.1, "\(before) → \(after)")
    }

    @Test("a transformer memorises a few windows", arguments: TransformerTests.models)
    func transformer(_ model: Transformer) {
        let records = Records(tokens: Family.tokens(40, 11), window: 10)
        let (before, after) = train(model, records, steps: 80)
        #expect(before > 2.2 && after < 1, "\(before) → \(after)")
    }

    @Test("a classifier separates what is separable") func classifier() {
        let features = RandomStream(seed: 4).uniformTensor([60, 2], -1, 1)
        let labels = (0..<60).map { Int32(features[2 * $0] > features[2 * $0 + 1] ? 1 : 0) }
        let (_, after) = train(
            Classifier(inputs: 2, hidden: [16], classes: 2), Records(features: features, labels: labels), steps: 150)
        #expect(after < 0.2)
    }
}
