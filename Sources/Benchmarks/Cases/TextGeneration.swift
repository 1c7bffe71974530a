import Models
import Tensors

/// Text drawn token by token with cached keys and values, from one line break to a full context.
struct TextGeneration: Benchmark {
    let name: String
    let unit = "tokens"
    let size = TransformerSize.small
    /// Texts side by side.
    let sequences: Int
    let plan: StepPlan

    static let single = TextGeneration(name: "gpt-generate-1", sequences: 1, plan: StepPlan(warmup: 2, steps: 10))
    static let many = TextGeneration(name: "gpt-generate-64", sequences: 64, plan: StepPlan(warmup: 1, steps: 2))

    private var drawn: Int { size.context - 1 }

    /// Attention reads half a context in the mean.
    var flopsPerItem: Double {
        let attention = Double(4 * size.layers * size.width * size.context)
        return size.arithmetic().forward - attention / 2
    }
    /// Parameters, and the keys and values of every position.
    var expectedBytes: Double {
        let cache = Double(2 * size.layers * sequences * size.context * size.width)
        return 4 * (size.arithmetic().parameters + cache)
    }
    var peers: [PeerVariant] {
        size.program("generate", ways: [.tcmalloc, .plain]).variants(
            adding: ["--gen-batch", "\(sequences)"] + plan.arguments)
    }

    func prepare(_ setting: BenchmarkSetting) -> @Sendable () async throws -> BenchmarkRun {
        let plan = setting.isBrief ? StepPlan.brief : plan
        let network = size.network()
        let parameters = network.initialParameters(setting.random["init"])
        let prefixes = Array(repeating: [BenchmarkData.lineBreak], count: sequences)
        return { [drawn] in
            let windows = timed(plan, itemsPerStep: prefixes.count * drawn) { step in
                let texts = TextGenerator.continuations(
                    of: prefixes, by: drawn, network, parameters,
                    SamplingRule(temperature: 1), setting.random["draws"][step])
                precondition(texts.allSatisfy { $0.count == drawn }, "texts of other lengths than \(drawn)")
            }
            return BenchmarkRun(windows: windows)
        }
    }
}
