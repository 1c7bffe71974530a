import Models
import Training

extension PeerProgram {
    /// Autoencoders, without and with a prior.
    static func autoencoder(_ model: String) -> PeerProgram {
        PeerProgram(
            file: "bench_ae_torch.py", arguments: ["--model", model], ways: [.tcmalloc, .compiled, .plain])
    }
}

extension TrainingBenchmark {
    /// The batch of 128 and the steps of all perceptrons: 469 are one pass over Fashion-MNIST.
    static let imagePlan = StepPlan(warmup: 19, steps: 150)

    /// An autoencoder 784-512-256-32-256-512-784, Adam 10⁻³, batch 128.
    static let autoencoder = TrainingBenchmark(
        name: "autoencoder", unit: "images",
        recipe: Recipe(
            .autoencoder(Autoencoder(inputs: 784, hidden: [512, 256], latents: 32)), epochs: 1, batchSize: 128,
            optimiser: .adam(rate: 1e-3)),
        plan: imagePlan, arithmetic: .perceptron([784, 512, 256, 32, 256, 512, 784]), lossDivisor: 784,
        program: .autoencoder("ae"), records: BenchmarkData.images)
}
