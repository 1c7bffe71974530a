import Testing

@testable import Benchmarks
@testable import Reporting

@Suite("The tables of benchmarks")
struct BenchmarkTableTests {
    private static let machine = MachineDescription(
        processor: "A Processor", cores: 2, blasCore: "Haswell", vectors: "avx512", torch: "2.13.0")

    private static var results: [BenchmarkResult] {
        var done = BenchmarkResult(name: "gpt-medium-train", unit: "tokens")
        done.ours = .init(
            rate: 31234, ratio: 1.5, ratioMin: 1.41, ratioMax: 1.62, gigaflops: 171.3, sgemmShare: 0.873,
            blasCore: "Haswell")
        done.unpinned = .init(
            rate: 52345, ratio: 2.51, ratioMin: 2.4, ratioMax: 2.6, gigaflops: 287, sgemmShare: 0.7,
            blasCore: "Cooperlake")
        (done.peer, done.peerVariant, done.variants) = (20822, "tcmalloc", ["tcmalloc": 20822, "bf16": 30724])
        (done.peakMegabytes, done.workingMegabytes, done.expectedMegabytes) = (210, 120, 100)
        done.losses = LossAgreement(ours: [2.51], peer: [2.53])
        var failed = BenchmarkResult(name: "vae", unit: "images")
        failed.failures = ["peer plain: python ended with status 1: why"]
        return [done, failed]
    }

    @Test("show rates, ratios with their range, shares, memory and losses in 120 columns")
    func text() {
        let text = BenchmarkTable.text(Self.results, on: Self.machine)
        for part in [
            "31,234", "20,822", "tcmalloc", "1.50", "1.41–1.62", "171.3", "87.3 %", "52,345", "2.51", "bf16", "30,724",
            "1.20", "2.53", "A Processor, 2 cores, OpenBLAS core Haswell, kernels for avx512, PyTorch 2.13.0",
            "FAILED vae: peer plain: python ended with status 1: why",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }

    @Test("leave the second column out where nothing was unpinned")
    func pinned() {
        var results = Self.results
        results[0].unpinned = nil
        #expect(!BenchmarkTable.text(results, on: Self.machine).contains("auto /s"))
        #expect(BenchmarkTable.text(Self.results, on: Self.machine).contains("auto /s"))
    }

    @Test("are Markdown on demand, with as many cells in each row as in its head")
    func markdown() {
        let blocks = BenchmarkTable.markdown(Self.results, on: Self.machine).split(separator: "\n\n").dropFirst()
        #expect(blocks.count == 2)
        for block in blocks {
            #expect(Set(block.split(separator: "\n").map { line in line.count { $0 == "|" } }).count == 1)
        }
    }
}
