/// All benchmarks: to add one, write it under `Cases` and name it here.
package enum BenchmarkCatalogue {
    /// The cases, in the order in which they run.
    package static let cases: [any Benchmark] = [
        ShadowLiRA.sixteen,
        ShadowLiRA.sixtyFour,
        TrainingBenchmark.autoencoder,
        TrainingBenchmark.variationalAutoencoder,
        TrainingBenchmark.generativeAdversarialNetwork,
        TrainingBenchmark.convolutionalAdversarialNetwork,
        TrainingBenchmark.smallTransformer,
        TrainingBenchmark.mediumTransformer,
        TransformerScoring(),
        TextGeneration.single,
        TextGeneration.many,
        TrainingBenchmark.privateAutoencoder,
        TrainingBenchmark.privateClassifier,
        TrainingBenchmark.privateConvolutionalClassifier,
        TrainingBenchmark.privateTransformer,
        BytePairEncoding(),
    ]

    /// The case of a name, or the point of a growth curve.
    package static func benchmark(_ name: String) -> (any Benchmark)? {
        cases.first { $0.name == name }
            ?? GrowthCurve.all.lazy.flatMap(\.points).map(\.benchmark).first { $0.name == name }
    }
}
