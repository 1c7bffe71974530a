import Foundation
import Testing

@testable import Benchmarks

@Suite("A benchmark's result")
struct BenchmarkResultTests {
    private func worker(_ rate: Double) throws -> WorkerReport {
        try WorkerReport(
            output: #"{"items_per_second": \#(rate), "sgemm": 50, "threads": 2, "blas_core": "Haswell"}"#)
    }

    private func peer(_ rate: Double) throws -> PeerReport {
        try PeerReport(output: #"{"items_per_s": \#(rate), "peak_rss_mb": 1}"#)
    }

    @Test("has the ratio of the medians, and the range of the pairs")
    func ratio() throws {
        let side = BenchmarkResult.Side(
            try [30, 10, 20].map(worker), flopsPerItem: 1e9, peer: try [10, 20, 5].map(peer))
        #expect(side.rate == 20 && side.ratio == 2)
        #expect(side.ratioMin == 0.5 && side.ratioMax == 4)
        #expect(side.gigaflops == 20 && side.sgemmShare == 0.4)
    }

    @Test("is a flat object with every key, null where nothing was measured")
    func json() throws {
        var result = BenchmarkResult(name: "autoencoder", unit: "images")
        let keys: Set = [
            "case", "ours", "peer", "unit", "ratio", "ratio_min", "ratio_max", "peak_mb", "sgemm_share", "blas_core",
        ]
        let empty = try object(result)
        #expect(keys.isSubset(of: empty.keys) && empty["ratio"] is NSNull && empty["case"] as? String == "autoencoder")

        result.ours = BenchmarkResult.Side(try [worker(30)], flopsPerItem: 1e9, peer: try [peer(10)])
        result.unpinned = BenchmarkResult.Side(try [worker(60)], flopsPerItem: 1e9, peer: try [peer(10)])
        (result.peer, result.peakMegabytes) = (10, 64)
        let full = try object(result)
        #expect(Set(full.keys) == Set(empty.keys))
        #expect(full["ours"] as? Double == 30 && full["ratio"] as? Double == 3 && full["peak_mb"] as? Double == 64)
        #expect(full["sgemm_share"] as? Double == 0.6 && full["blas_core"] as? String == "Haswell")
        #expect((full["blas_core_auto"] as? [String: Any])?["ratio"] as? Double == 6)
    }

    private func object(_ result: BenchmarkResult) throws -> [String: Any] {
        let data = try JSONEncoder().encode([result])
        let array = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
        return try #require(array.first)
    }
}
