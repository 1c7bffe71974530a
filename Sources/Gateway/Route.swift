import ThreatModel

/// What is found at which path.
struct Route: Sendable {
    /// What is found there.
    enum Endpoint: Sendable, Equatable {
        /// Whether the program runs.
        case health
        /// Whether it takes requests.
        case ready
        /// What it counts.
        case metrics
        /// What it understands.
        case document
        /// What it serves.
        case models
        /// One of them.
        case model
        /// Continuations.
        case completions
        /// What is asked about rows of numbers.
        case vectors(Operation)
    }

    var method: String
    var path: String
    var endpoint: Endpoint

    /// All of them.
    static let all = [
        Route(method: "GET", path: "/health", endpoint: .health),
        Route(method: "GET", path: "/ready", endpoint: .ready),
        Route(method: "GET", path: "/metrics", endpoint: .metrics),
        Route(method: "GET", path: "/openapi.json", endpoint: .document),
        Route(method: "GET", path: "/v1/models", endpoint: .models),
        Route(method: "GET", path: "/v1/models/{model}", endpoint: .model),
        Route(method: "POST", path: "/v1/completions", endpoint: .completions),
        Route(method: "POST", path: "/v1/classify", endpoint: .vectors(.classify)),
        Route(method: "POST", path: "/v1/encode", endpoint: .vectors(.encode)),
        Route(method: "POST", path: "/v1/decode", endpoint: .vectors(.decode)),
        Route(method: "POST", path: "/v1/sample", endpoint: .vectors(.sample)),
        Route(method: "POST", path: "/v1/discriminate", endpoint: .vectors(.discriminate)),
        Route(method: "POST", path: "/v1/logits", endpoint: .vectors(.logits)),
    ]

    /// The route of a request, and what stands for `{model}`.
    static func find(_ head: RequestHead) -> (Route, name: String)? {
        for route in all where route.method == head.method {
            if let name = route.match(head.route) { return (route, name) }
        }
        return nil
    }

    /// The methods that the path of a request is asked with.
    static func methods(of head: RequestHead) -> [String] {
        all.filter { $0.match(head.route) != nil }.map(\.method)
    }

    /// What stands for `{model}`, or nothing; `nil` when the path is another.
    private func match(_ path: Substring) -> String? {
        guard let mark = self.path.firstIndex(of: "{") else { return path == self.path ? "" : nil }
        let prefix = self.path[..<mark]
        guard path.hasPrefix(prefix) else { return nil }
        let name = path.dropFirst(prefix.count)
        return name.isEmpty || name.contains("/") ? nil : String(name)
    }
}
