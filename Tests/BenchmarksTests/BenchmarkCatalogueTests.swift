import Datasets
import Foundation
import Testing
import Training

@testable import Benchmarks

@Suite("The benchmarks")
struct BenchmarkCatalogueTests {
    private static func setting() throws -> BenchmarkSetting {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let registry = try DatasetRegistry(repository: root, cache: root.appending(path: ".cache"))
        return BenchmarkSetting(threads: 2, seed: 3, isBrief: true, registry: registry)
    }

    @Test("have names of their own, and the peers' programs are there")
    func catalogue() {
        let names = BenchmarkCatalogue.cases.map(\.name)
        #expect(Set(names).count == names.count && names.count >= 13)
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../experiments/peers")
        for benchmark in BenchmarkCatalogue.cases {
            #expect(benchmark.peers.contains { !$0.isBeside }, "\(benchmark.name)")
            for variant in benchmark.peers {
                #expect(FileManager.default.fileExists(atPath: folder.appending(path: variant.program).path))
            }
        }
        let points = GrowthCurve.all.flatMap(\.points)
        #expect(points.allSatisfy { BenchmarkCatalogue.benchmark($0.benchmark.name)?.unit == $0.benchmark.unit })
    }

    @Test("run a few steps and count what they did", arguments: BenchmarkCatalogue.cases.map(\.name))
    func brief(name: String) async throws {
        let benchmark = try #require(BenchmarkCatalogue.benchmark(name))
        let measurement = try await benchmark.prepare(try Self.setting())()
        #expect(!measurement.windows.isEmpty)
        #expect(measurement.windows.allSatisfy { $0.items > 0 && $0.seconds > 0 })
        #expect(measurement.lossLast?.isFinite ?? true)
        #expect((benchmark.flopsPerItem > 0 || benchmark.unit == "bytes") && benchmark.expectedBytes > 0)
    }

    @Test("count what a Poisson sample drew, not what it was expected to draw")
    func poisson() async throws {
        let setting = try Self.setting()
        let benchmark = TrainingBenchmark.privateClassifier
        let windows = try await benchmark.prepare(setting)().windows
        var recipe = benchmark.recipe
        recipe.epochs = 1
        let drawn = (1...2).map { recipe.batch(step: $0, count: 768, setting.random).count }
        #expect(windows.map(\.items) == drawn.map(Double.init))
        #expect(drawn != [256, 256])
    }

    @Test("learn: the loss of a few more steps is well below the first")
    func learning() async throws {
        var benchmark = TrainingBenchmark.smallTransformer
        benchmark.plan = StepPlan(warmup: 1, steps: 6, windows: 1)
        benchmark.recipe.batchSize = 4
        var setting = try Self.setting()
        setting.isBrief = false
        let measurement = try await benchmark.prepare(setting)()
        let (first, last) = (try #require(measurement.lossFirst), try #require(measurement.lossLast))
        #expect(last < first - 0.5, "\(first) to \(last)")
    }
}
