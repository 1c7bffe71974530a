import Testing

@testable import Benchmarks

@Suite("A peer's report")
struct PeerReportTests {
    @Test("is the last line of JSON, whatever was said before and after")
    func lastLine() throws {
        let output = """
            {"items_per_s": 1, "peak_rss_mb": 1}
            a warning
            {"name": "ae", "items_per_s": 17555.5, "peak_rss_mb": 514.0, "loss_first": 0.7, "loss_last": 0.29, \
            "other_cores": [0.1, 0.4], "ms_per_step": 7.29}
            goodbye
            """
        let report = try PeerReport(output: output)
        #expect(report.itemsPerSecond == 17555.5 && report.peakMegabytes == 514)
        #expect(report.lossFirst == 0.7 && report.lossLast == 0.29 && report.busyElsewhere == 0.4)
    }

    @Test("adds up the memory of worker processes, and does without losses")
    func workers() throws {
        let report = try PeerReport(
            output: #"{"items_per_s": 9, "peak_rss_mb": 300, "workers_peak_rss_mb": [320.5, 310]}"#)
        #expect(report.peakMegabytes == 930.5 && report.lossLast == nil && report.otherCores.isEmpty)
    }

    @Test(
        "that has no figures is an error that shows what was found",
        arguments: [
            ("", "nothing"), ("no module named torch", "none"), (#"{"items_per_s": 3}"#, "items_per_s"),
            (#"{"items_per_s": 0, "peak_rss_mb": 1}"#, "positive"), (#"{"items_per_s": "#, "items_per_s"),
        ])
    func broken(output: String, says: String) {
        let error = #expect(throws: BenchmarkError.self) { try PeerReport(output: output) }
        #expect(error?.description.contains(says) == true)
    }
}
