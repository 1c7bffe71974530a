import Autograd
import Models
import Tensors

/// The negative log-likelihood of every token of windows of text, as membership signals are made of it.
struct TransformerScoring: Benchmark {
    let name = "gpt-score"
    let unit = "tokens"
    let size = TransformerSize.small
    let plan = StepPlan(warmup: 5, steps: 30)

    var flopsPerItem: Double { size.arithmetic().forward }
    /// Nothing is kept for a backward pass but what a block needs at a time.
    var expectedBytes: Double {
        var needs = size.arithmetic()
        needs.activations /= Double(size.layers)
        return needs.bytes(batch: Double(size.batch * size.context), moments: 0)
    }
    var peers: [PeerVariant] {
        size.program("score", ways: [.tcmalloc, .compiled, .plain]).variants(adding: plan.arguments)
    }

    func prepare(_ setting: BenchmarkSetting) -> @Sendable () async throws -> BenchmarkRun {
        let plan = setting.isBrief ? StepPlan.brief : plan
        let network = size.network()
        let parameters = network.initialParameters(setting.random["init"])
        let records = BenchmarkData.windows(
            plan.total * size.batch, length: size.context + 1, setting.random["text"])
        return { [size] in
            var losses: [Double] = []
            let windows = timed(plan, itemsPerStep: size.batch * size.context) { step in
                let batch = records.slice(step * size.batch..<(step + 1) * size.batch)
                let scores = evaluate(parameters, on: batch, batch: size.batch) { network.tokenLosses($1, $0) }
                losses.append(scores.sum() / Double(scores.count))
            }
            let tail = losses.suffix(max(1, losses.count / 10))
            return BenchmarkRun(
                windows: windows, lossFirst: losses.first, lossLast: tail.reduce(0, +) / Double(tail.count))
        }
    }
}
