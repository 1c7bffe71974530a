import Datasets
import Testing
import Training

@testable import Benchmarks

@Suite("A private step beside a plain one")
struct PrivateCostTests {
    @Test("the ratio is that of the medians")
    func ratio() {
        let cost = PrivateCost(name: "x", privateTime: 3, plainTime: 2, range: 1...4)
        #expect(cost.ratio == 1.5)
    }

    @Test("covers a perceptron, convolutions, a transformer and an autoencoder at batch 256, and secure noise apart")
    func cases() {
        let names = PrivateCost.cases.map(\.benchmark.name)
        #expect(
            names == ["dpsgd-mlp", "dpsgd-cnn", "dpsgd-gpt", "dpsgd-autoencoder", "dpsgd-mlp", "dpsgd-autoencoder"])
        #expect(PrivateCost.cases.map { $0.noiseName == "secure" } == [false, false, false, false, true, true])
        #expect(PrivateCost.cases.allSatisfy { $0.benchmark.recipe.privacy != nil })
        #expect(PrivateCost.cases.allSatisfy { $0.benchmark.recipe.batchSize == 256 })
        #expect(PrivateCost.cases.map(\.target) == [1.4, 1.4, 1.5, nil, nil, nil])
    }

    @Test("times both kinds of step")
    func measured() throws {
        let setting = BenchmarkSetting(threads: 1, seed: 1, isBrief: true, registry: try DatasetRegistry.standard())
        let cost = try PrivateCost.measure(PrivateCost.cases[0], pairs: 2, setting)
        #expect(cost.name == "dpsgd-mlp" && cost.privateTime > 0 && cost.plainTime > 0)
        #expect(cost.range.lowerBound > 0 && cost.range.upperBound.isFinite)
    }
}
