import Models
import Training

extension TrainingBenchmark {
    /// A variational autoencoder 784-512-256-(32, 32)-256-512-784, Adam 10⁻³, batch 128.
    static let variationalAutoencoder = TrainingBenchmark(
        name: "vae", unit: "images",
        recipe: Recipe(
            .variationalAutoencoder(VariationalAutoencoder(inputs: 784, hidden: [512, 256], latents: 32)), epochs: 1,
            batchSize: 128, optimiser: .adam(rate: 1e-3)),
        plan: imagePlan,
        arithmetic: .perceptron([784, 512, 256, 64]).followed(by: .perceptron([32, 256, 512, 784])),
        program: .autoencoder("vae"), records: BenchmarkData.images)
}
