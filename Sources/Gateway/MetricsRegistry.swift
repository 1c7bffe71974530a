import Synchronization

/// What the program counts, as Prometheus reads it.
final class MetricsRegistry: Sendable {
    /// What only grows.
    enum Counter: String, CaseIterable {
        /// Requests by route, method and status.
        case requests = "penumbra_requests_total"
        /// Records, samples and continuations by model and operation.
        case queries = "penumbra_queries_total"
        /// Tokens by model and operation.
        case tokens = "penumbra_tokens_total"
        /// Passes through a model.
        case passes = "penumbra_model_passes_total"
        /// Requests that these answered.
        case mergedRequests = "penumbra_model_requests_total"
        /// Lines of the access log that could not be written.
        case droppedLines = "penumbra_access_log_dropped_total"

        fileprivate var help: String {
            switch self {
            case .requests: "Requests by route, method and status."
            case .queries: "Records, samples and continuations by model and operation."
            case .tokens: "Tokens read and written by model and operation."
            case .passes: "Passes through a model."
            case .mergedRequests: "Requests that passes through a model answered."
            case .droppedLines: "Lines of the access log that nobody read in time."
            }
        }
    }

    /// The upper ends of the histogram's buckets in seconds.
    static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private struct Histogram {
        var counts = [Int](repeating: 0, count: MetricsRegistry.bounds.count + 1)
        var sum = 0.0
    }

    private struct State {
        var counters: [Counter: [String: Int]] = [:]
        var latency: [String: Histogram] = [:]
    }

    private let state = Mutex(State())

    /// Adds to a counter of some labels.
    func count(_ counter: Counter, _ labels: KeyValuePairs<String, String> = [:], by amount: Int = 1) {
        guard amount > 0 else { return }
        let key = Self.text(labels)
        state.withLock { $0.counters[counter, default: [:]][key, default: 0] += amount }
    }

    /// Notes how long a request of a route took.
    func observe(route: String, seconds: Double) {
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        let key = Self.escaped(route)
        state.withLock { state in
            state.latency[key, default: Histogram()].counts[bucket] += 1
            state.latency[key, default: Histogram()].sum += seconds
        }
    }

    /// Everything in Prometheus' text format, version 0.0.4.
    ///
    /// - Parameters:
    ///   - queue: the requests that wait for the models or are being answered by them.
    ///   - inFlight: the requests that are being answered.
    ///   - alarms: the alarms of all monitors; which one it was would help whoever wants to evade it.
    /// - Returns: lines, in an order that does not change.
    func text(queue: Int, inFlight: Int, alarms: Int = 0) -> String {
        let state = state.withLock { $0 }
        var lines: [String] = []
        for counter in Counter.allCases {
            lines += ["# HELP \(counter.rawValue) \(counter.help)", "# TYPE \(counter.rawValue) counter"]
            let values = state.counters[counter] ?? [:]
            lines += values.sorted { $0.key < $1.key }.map { "\(counter.rawValue)\($0) \($1)" }
        }
        lines += [
            "# HELP penumbra_alarms_total Alarms of all monitors.", "# TYPE penumbra_alarms_total counter",
            "penumbra_alarms_total \(alarms)",
        ]
        lines += gauge(
            "penumbra_queue_length", "Requests that wait for the models or are being answered by them.", queue)
        lines += gauge("penumbra_requests_in_flight", "Requests that are being answered.", inFlight)
        let name = "penumbra_request_seconds"
        lines += ["# HELP \(name) Seconds from a request's head to its answer.", "# TYPE \(name) histogram"]
        for (route, histogram) in state.latency.sorted(by: { $0.key < $1.key }) {
            lines += Self.lines(histogram, name, route)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func gauge(_ name: String, _ help: String, _ value: Int) -> [String] {
        ["# HELP \(name) \(help)", "# TYPE \(name) gauge", "\(name) \(value)"]
    }

    private static func lines(_ histogram: Histogram, _ name: String, _ route: String) -> [String] {
        var total = 0
        var lines: [String] = []
        for (bound, count) in zip(bounds.map { "\($0)" } + ["+Inf"], histogram.counts) {
            total += count
            lines.append("\(name)_bucket{route=\"\(route)\",le=\"\(bound)\"} \(total)")
        }
        return lines + [
            "\(name)_sum{route=\"\(route)\"} \(histogram.sum)", "\(name)_count{route=\"\(route)\"} \(total)",
        ]
    }

    private static func text(_ labels: KeyValuePairs<String, String>) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
