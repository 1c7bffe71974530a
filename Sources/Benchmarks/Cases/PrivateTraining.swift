import Mechanisms
import Models
import Tensors
import Training

extension TrainingBenchmark {
    /// Steps of DP-SGD: batch 256, gradients clipped to norm 1, noise multiplier 1.
    ///
    /// The batch is a Poisson sample with that expectation, the peer's is fixed; items are those really drawn.
    private static func dpsgd(
        _ name: String, _ model: String, unit: String = "images", _ architecture: Architecture, rate: Float = 0.1,
        clippingNorm: Double = 1, plan: StepPlan, itemsPerRecord: Int = 1, arithmetic: Arithmetic,
        lossDivisor: Double = 1, records: @escaping @Sendable (Int, BenchmarkSetting) throws -> Records
    ) -> TrainingBenchmark {
        TrainingBenchmark(
            name: name, unit: unit,
            recipe: Recipe(
                architecture, epochs: 1, batchSize: 256, optimiser: .sgd(rate: rate),
                privacy: GradientPrivacy(clippingNorm: clippingNorm, noiseMultiplier: 1)),
            plan: plan, itemsPerRecord: itemsPerRecord, arithmetic: arithmetic, lossDivisor: lossDivisor,
            program: PeerProgram(
                file: "bench_dpsgd_opacus.py", arguments: ["--model", model, "--private-only"],
                ways: [
                    .init("ghost", ["--mode", "ghost"]), .init("hooks", ["--mode", "hooks"], needsTcmalloc: true),
                ]),
            records: records)
    }

    /// The classifier 784-256-10.
    static let privateClassifier = dpsgd(
        "dpsgd-mlp", "mlp", .classifier(Classifier(inputs: 784, hidden: [256], classes: 10)),
        plan: StepPlan(warmup: 24, steps: 70), arithmetic: .perceptron([784, 256, 10]), records: BenchmarkData.images)

    /// The classifier of two convolutions, 16 of 5×5 and 32 of 4×4 with stride 2, and an affine map.
    static let privateConvolutionalClassifier = dpsgd(
        "dpsgd-cnn", "cnn",
        .classifier(
            Classifier(
                inputs: 784, hidden: [], classes: 10,
                convolutions: Convolutions(
                    height: 28, width: 28,
                    layers: [.init(channels: 16, kernel: 5, stride: 2), .init(channels: 32, kernel: 4, stride: 2)]))),
        plan: StepPlan(warmup: 5, steps: 40),
        arithmetic: .products([(144, 25, 16), (25, 256, 32), (1, 800, 10)]), records: BenchmarkData.images)

    /// The autoencoder 784-512-256-32-256-512-784.
    ///
    /// Its loss is a sum over pixels where the peer's is their mean: a clipping norm 784 times as large and a rate 784
    /// times as small make the same steps.
    static let privateAutoencoder = dpsgd(
        "dpsgd-autoencoder", "ae", .autoencoder(Autoencoder(inputs: 784, hidden: [512, 256], latents: 32)),
        rate: 0.1 / 784, clippingNorm: 784, plan: StepPlan(warmup: 3, steps: 15),
        arithmetic: .perceptron([784, 512, 256, 32, 256, 512, 784]), lossDivisor: 784, records: BenchmarkData.images)

    /// The small transformer with a head of its own, which the peer's library needs.
    static let privateTransformer = dpsgd(
        "dpsgd-gpt", "gpt", unit: "tokens", .transformer(TransformerSize.small.network(isTied: false)),
        plan: StepPlan(warmup: 1, steps: 1), itemsPerRecord: TransformerSize.small.context,
        arithmetic: TransformerSize.small.arithmetic(isTied: false),
        records: { count, setting in
            let length = TransformerSize.small.context + 1
            return BenchmarkData.windows(count, length: length, setting.random["text"])
        })
}
