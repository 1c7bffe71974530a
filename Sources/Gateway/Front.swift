import Foundation
import Synchronization
import ThreatModel
import Wire

/// The interface without a network: a head and a body in, an answer out.
final class Front: Sendable {
    /// The models by name, in the order of the command line.
    let models: [ServedModel]
    /// How much may be asked.
    let limits: Limits
    /// Who may ask.
    let accounts: Accounts
    /// What is counted.
    let metrics: MetricsRegistry
    /// What answers.
    let batcher: Batcher
    /// What reads long bodies.
    let longWork = LongWork()
    /// Whether ``Models/Transformer``'s logits are served.
    let allowsLogits: Bool
    /// When the program started, in seconds since 1970.
    let started = Int(Date.now.timeIntervalSince1970)
    private let kept: KeptReplies
    private let log: AccessLog?
    private let state = Mutex(State())

    private struct State {
        var inFlight = 0
        var isStopping = false
        var answered = 0
    }

    /// Serves models.
    init(
        _ models: [ServedModel], limits: Limits = Limits(), accounts: Accounts = Accounts(),
        allowsLogits: Bool = false, kept: KeptReplies = KeptReplies(), metrics: MetricsRegistry = MetricsRegistry(),
        log: AccessLog? = nil
    ) {
        (self.models, self.limits, self.accounts, self.allowsLogits) = (models, limits, accounts, allowsLogits)
        (self.kept, self.metrics, self.log) = (kept, metrics, log)
        batcher = Batcher(limits, metrics)
    }

    /// The requests that are being answered.
    var inFlight: Int { state.withLock { $0.inFlight } }

    /// Whether new requests should go elsewhere.
    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Says that the program is about to stop.
    func stop() { state.withLock { $0.isStopping = true } }

    /// Waits until everything that was said of requests is written.
    func flush() { log?.flush() }

    /// Answers a request; every error is an answer, too.
    func reply(to head: RequestHead, body: @escaping BodyReader) async -> Reply {
        let start = ContinuousClock.now
        state.withLock { $0.inFlight += 1 }
        var route = "none"
        var reply: Reply
        do {
            let (found, name) = try find(head)
            route = found.path
            reply = try await answer(found.endpoint, name, head, body)
        } catch {
            reply = Reply(error)
            if error.status == 405 { reply.headers.append(("Allow", Route.methods(of: head).joined(separator: ", "))) }
            if error.status == 401 { reply.headers.append(("WWW-Authenticate", "Bearer")) }
        }
        let status = reply.status
        let done = { @Sendable [route] (record: AccessRecord) in
            self.state.withLock { $0.inFlight -= 1 }
            self.note(head, status, record, route, seconds: start.duration(to: .now) / .seconds(1))
        }
        if case .events(let events) = reply.body { events.channel.whenEnded(done) } else { done(reply.record) }
        return reply
    }

    private func find(_ head: RequestHead) throws(WireError) -> (Route, name: String) {
        guard let (route, name) = Route.find(head), allowsLogits || route.endpoint != .vectors(.logits) else {
            if !Route.methods(of: head).isEmpty, !Route.methods(of: head).contains(head.method) {
                let methods = Route.methods(of: head).joined(separator: ", ")
                throw WireError(
                    405, .init(message: "expected \(methods), found \(head.method)", type: "invalid_request_error"))
            }
            throw WireError(
                404,
                .init(
                    message: "expected one of the paths of /openapi.json, found '\(head.route.prefix(100))'",
                    type: "invalid_request_error", code: "not_found"))
        }
        return (route, name)
    }

    private func answer(
        _ endpoint: Route.Endpoint, _ name: String, _ head: RequestHead, _ body: @escaping BodyReader
    ) async throws(WireError) -> Reply {
        switch endpoint {
        case .health: return try Reply(json: ["status": "ok"])
        case .ready:
            guard !isStopping else {
                throw WireError(503, .init(message: "about to stop", type: "server_error", code: "unavailable"))
            }
            return try Reply(json: ["status": "ready"])
        case .metrics:
            _ = try account(of: head)
            let text = metrics.text(queue: batcher.length, inFlight: inFlight, alarms: alarms)
            return Reply(200, "text/plain; version=0.0.4; charset=utf-8", Data(text.utf8))
        case .document:
            // It names the models and says what they read, as `/v1/models` does.
            _ = try account(of: head)
            return Reply(200, "application/json", OpenAPIDocument.data(of: self))
        case .models: return try Reply(json: ModelList(try entries(for: account(of: head))))
        case .model:
            let account = try account(of: head)
            return try Reply(json: try entry(of: try model(name), for: account))
        case .completions:
            let account = try account(of: head)
            let data = try await read(head, body)
            return try await kept.reply(to: head, data, of: account) { () async throws(WireError) in
                try checkAllowance(of: head, for: data, QueryCost(queries: 1, tokens: 1))
                return try await complete(head, account, data)
            }
        case .vectors(let operation):
            let account = try account(of: head)
            let data = try await read(head, body)
            return try await kept.reply(to: head, data, of: account) { () async throws(WireError) in
                try checkAllowance(of: head, for: data, QueryCost(queries: 1, tokens: operation == .logits ? 1 : 0))
                return try await vectors(operation, head, account, data)
            }
        }
    }

    /// The alarms of all models and accounts.
    private var alarms: Int { models.reduce(0) { $0 + $1.reports.values.reduce(0) { $0 + $1.alarms.count } } }

    /// Writes what the monitors saw, by model and account.
    ///
    /// - Throws: when the file cannot be written.
    func writeReport(to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        let reports = Dictionary(uniqueKeysWithValues: models.map { ($0.id, $0.reports) })
        try encoder.encode(reports).write(to: file, options: .atomic)
    }

    private func note(
        _ head: RequestHead, _ status: Int, _ record: AccessRecord, _ route: String, seconds: Double
    ) {
        metrics.count(.requests, ["route": route, "method": head.knownMethod, "status": "\(status)"])
        metrics.observe(route: route, seconds: seconds)
        if let model = record.model, let operation = record.operation {
            metrics.count(.queries, ["model": model, "operation": operation], by: record.queries)
            metrics.count(.tokens, ["model": model, "operation": operation], by: record.tokens)
        }
        log?.note(head, status, record, seconds: seconds)
    }
}

extension RequestHead {
    /// The method, or `other`: what callers invent must not make the metrics grow.
    fileprivate var knownMethod: String {
        ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"].contains(method) ? method : "other"
    }
}
