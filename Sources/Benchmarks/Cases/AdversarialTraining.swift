import Models
import Training

extension TrainingBenchmark {
    /// A GAN of perceptrons 64-256-512-784 and 784-512-256-1, Adam 2·10⁻⁴ with β₁ = ½, batch 128.
    ///
    /// An item is a real image; its step updates the discriminator, then the generator. The losses of a game fall to no
    /// level, so none is compared. The generator ends in a sigmoid, the peer's in a hyperbolic tangent.
    static let generativeAdversarialNetwork = TrainingBenchmark(
        name: "gan-mlp", unit: "images",
        recipe: Recipe(
            .generativeAdversarialNetwork(
                GenerativeAdversarialNetwork(
                    inputs: 784, generatorHidden: [256, 512], discriminatorHidden: [512, 256], latents: 64)),
            epochs: 1, batchSize: 128, optimiser: .adam(rate: 2e-4, beta1: 0.5)),
        plan: imagePlan,
        arithmetic: .adversarial(
            generator: .perceptron([64, 256, 512, 784]), discriminator: .perceptron([784, 512, 256, 1])),
        lossDivisor: nil,
        program: PeerProgram(
            file: "bench_gan_torch.py", arguments: ["--model", "mlp"], ways: [.tcmalloc, .compiled, .plain]),
        records: BenchmarkData.images)

    /// DCGAN: 64 → 128×7×7 → 64×14×14 → 28×28 and back, with batch norm, Adam 2·10⁻⁴ with β₁ = ½, batch 64.
    static let convolutionalAdversarialNetwork = TrainingBenchmark(
        name: "dcgan", unit: "images",
        recipe: Recipe(
            .generativeAdversarialNetwork(
                GenerativeAdversarialNetwork(
                    inputs: 784, generatorHidden: [], discriminatorHidden: [], latents: 64,
                    convolutions: Convolutions(
                        height: 28, width: 28,
                        layers: [
                            .init(channels: 64, kernel: 4, stride: 2, padding: 1),
                            .init(channels: 128, kernel: 4, stride: 2, padding: 1),
                        ], normalisation: .batch))),
            epochs: 1, batchSize: 64, optimiser: .adam(rate: 2e-4, beta1: 0.5)),
        plan: StepPlan(warmup: 5, steps: 12),
        arithmetic: .adversarial(
            generator: .products([(1, 64, 128 * 49), (49, 128, 64 * 16), (196, 64, 16)]),
            discriminator: .products([(196, 16, 64), (49, 64 * 16, 128), (1, 128 * 49, 1)])),
        lossDivisor: nil,
        program: PeerProgram(
            file: "bench_gan_torch.py", arguments: ["--model", "dcgan", "--channels-last"], ways: [.tcmalloc, .plain]),
        records: BenchmarkData.images)
}
