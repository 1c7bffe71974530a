import Models
import Tensors
import Training

extension TrainingBenchmark {
    /// Training on windows of text: AdamW 10⁻³ with β₂ = 0.99 and decay 0.1, gradients bounded to norm 1.
    ///
    /// Decay is on all parameters, on the peer's side on matrices alone.
    static func transformer(_ size: TransformerSize, name: String, plan: StepPlan, ways: [PeerProgram.Way])
        -> TrainingBenchmark
    {
        TrainingBenchmark(
            name: name, unit: "tokens",
            recipe: Recipe(
                .transformer(size.network()), epochs: 1, batchSize: size.batch,
                optimiser: .adam(rate: 1e-3, beta2: 0.99, decay: 0.1), gradientNorm: 1),
            plan: plan, itemsPerRecord: size.context, arithmetic: size.arithmetic(),
            program: size.program("train", ways: ways),
            records: { count, setting in
                BenchmarkData.windows(count, length: size.context + 1, setting.random["text"])
            })
    }

    /// 4 layers of width 128, context 128, batch 32.
    static let smallTransformer = transformer(
        .small, name: "gpt-train", plan: StepPlan(warmup: 6, steps: 18),
        ways: [.tcmalloc, .compiled, .plain, .init("bf16", ["--bf16"], isBeside: true)])

    /// 6 layers of width 256, context 256, batch 16.
    static let mediumTransformer = transformer(
        .medium, name: "gpt-medium-train", plan: StepPlan(warmup: 3, steps: 5), ways: [.tcmalloc, .plain])
}
