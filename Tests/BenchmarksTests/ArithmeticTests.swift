import Autograd
import Models
import Tensors
import Testing
import Training

@testable import Benchmarks

@Suite("Work and memory by formula")
struct ArithmeticTests {
    @Test("of a perceptron are those counted by hand")
    func perceptron() {
        let needs = Arithmetic.perceptron([3, 5, 2])
        // Forward 2·(15 + 10); backward twice that, but for the 2·15 of the input's gradient.
        #expect(needs.forward == 50 && needs.training == 120)
        #expect(needs.parameters == 15 + 5 + 10 + 2 && needs.activations == 10)
        #expect(needs.bytes(batch: 4, moments: 2) == 4 * (3 * 32 + 4 * 10))
    }

    @Test("count a step of an adversarial network product by product")
    func adversarial() {
        let (g, d) = (Arithmetic.perceptron([2, 3, 4]), Arithmetic.perceptron([4, 5, 1]))
        // The generator forward and back, the discriminator forward three times, back twice for its weights and once
        // for the images alone.
        let generator = 36.0 + 72 - 12
        let discriminator = 3 * 50.0 + 2 * (100 - 40) + 50
        #expect(Arithmetic.adversarial(generator: g, discriminator: d).training == generator + discriminator)
    }

    @Test("know how many parameters the networks have", arguments: [true, false])
    func parameters(isTied: Bool) {
        let random = RandomStream(seed: 1)
        for size in [TransformerSize.small, .medium] {
            let count = size.network(isTied: isTied).initialParameters(random).scalarCount
            #expect(size.arithmetic(isTied: isTied).parameters == Double(count))
        }
        for benchmark in [
            TrainingBenchmark.autoencoder, .variationalAutoencoder, .generativeAdversarialNetwork, .privateClassifier,
        ] {
            let count = benchmark.recipe.architecture.network.initialParameters(random).scalarCount
            #expect(benchmark.arithmetic.parameters == Double(count), "\(benchmark.name)")
        }
        // Of convolutions the products alone are counted: biases and norms are below one percent.
        for benchmark in [TrainingBenchmark.convolutionalAdversarialNetwork, .privateConvolutionalClassifier] {
            let count = Double(benchmark.recipe.architecture.network.initialParameters(random).scalarCount)
            let share = benchmark.arithmetic.parameters / count
            #expect(share < 1 && share > 0.99, "\(benchmark.name)")
        }
    }
}
