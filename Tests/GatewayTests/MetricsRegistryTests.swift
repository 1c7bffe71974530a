import Testing

@testable import Gateway

@Suite("Metrics")
struct MetricsRegistryTests {
    @Test("Buckets are cumulative, and everything is one line")
    func buckets() {
        let metrics = MetricsRegistry()
        for seconds in [0.0005, 0.002, 0.002, 99] { metrics.observe(route: "/a", seconds: seconds) }
        let lines = metrics.text(queue: 3, inFlight: 4).split(separator: "\n")
        #expect(lines.contains(#"penumbra_request_seconds_bucket{route="/a",le="0.001"} 1"#))
        #expect(lines.contains(#"penumbra_request_seconds_bucket{route="/a",le="0.0025"} 3"#))
        #expect(lines.contains(#"penumbra_request_seconds_bucket{route="/a",le="10.0"} 3"#))
        #expect(lines.contains(#"penumbra_request_seconds_bucket{route="/a",le="+Inf"} 4"#))
        #expect(lines.contains(#"penumbra_request_seconds_count{route="/a"} 4"#))
        #expect(lines.contains("penumbra_queue_length 3") && lines.contains("penumbra_requests_in_flight 4"))
    }

    @Test("Labels cannot break out of their quotes")
    func escapes() {
        let metrics = MetricsRegistry()
        metrics.count(.requests, ["route": "a\"b\\c\nd"], by: 2)
        #expect(metrics.text(queue: 0, inFlight: 0).contains(#"{route="a\"b\\c\nd"} 2"#))
        metrics.count(.queries, by: 0)
        #expect(!metrics.text(queue: 0, inFlight: 0).contains("penumbra_queries_total 0"))
    }
}
