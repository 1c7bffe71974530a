import Datasets
import Foundation
import Synchronization
import Tensors
import ThreatModel
import Wire

/// A gateway in miniature: the interface's bodies over a service in this process, with a script of mishaps.
final class WireServer: Sendable {
    /// What happens to a request instead of an answer.
    enum Mishap: Sendable {
        /// The connection breaks.
        case disconnect
        /// A service's refusal, with `Retry-After` where it has one.
        case error(ThreatModelError)
        /// Something that is not of this interface.
        case page(status: Int, String)
    }

    private struct State {
        var mishaps: [Mishap?] = []
        var bodies: [ServedRequest] = []
    }

    private let service: any ModelService
    private let tokeniser: Tokeniser?
    private let state = Mutex(State())
    private let server = Mutex<LoopbackServer?>(nil)

    init(
        _ service: any ModelService, tokeniser: Tokeniser? = nil, mishaps: [Mishap?] = [],
        keepsConnections: Bool = false
    ) throws {
        (self.service, self.tokeniser) = (service, tokeniser)
        state.withLock { $0.mishaps = mishaps }
        let created = try LoopbackServer(keepsConnections: keepsConnections) { [weak self] in self?.reply($0) }
        server.withLock { $0 = created }
    }

    deinit { server.withLock { $0?.close() } }

    /// Its address.
    var url: URL { server.withLock { $0?.url } ?? URL(filePath: "/no-server") }

    /// The requests so far, but those for the list of models.
    var requests: [ServedRequest] { state.withLock { $0.bodies.filter { $0.path != "/v1/models" } } }

    /// All requests so far.
    var requestCount: Int { state.withLock { $0.bodies.count } }

    private func reply(_ request: ServedRequest) -> ServedReply? {
        let mishap = state.withLock { state -> Mishap? in
            state.bodies.append(request)
            return state.mishaps.isEmpty ? nil : state.mishaps.removeFirst()
        }
        switch mishap {
        case nil: return answer(request)
        case .disconnect: return nil
        case .page(let status, let text):
            return ServedReply(status: status, headers: ["Content-Type": "text/html"], body: Data(text.utf8))
        case .error(let error): return Self.reply(WireError(error))
        }
    }

    private func answer(_ request: ServedRequest) -> ServedReply {
        do {
            return try answered(request)
        } catch let error as WireError {
            return Self.reply(error)
        } catch let error as ThreatModelError {
            return Self.reply(WireError(error))
        } catch {
            return Self.reply(.invalid(nil, "\(error)"))
        }
    }

    private static func reply(_ error: WireError) -> ServedReply {
        var headers = ["Content-Type": MediaType.json]
        if let seconds = error.retryAfter { headers["Retry-After"] = "\(seconds)" }
        // The body has no strings that JSON cannot tell.
        return ServedReply(
            status: error.status, headers: headers, body: (try? JSONEncoder().encode(error.body)) ?? Data())
    }

    private func answered(_ request: ServedRequest) throws -> ServedReply {
        if request.path == "/v1/models" {
            let entry = ModelList.Entry(try service.card(), created: 0, hasTokeniser: tokeniser != nil)
            return try Self.json(ModelList([entry]))
        }
        let query = try query(request)
        let answer = try service.answer(query)
        guard case .completions(let texts) = answer, case .complete(let asked) = query else {
            return ServedReply(
                headers: ["Content-Type": MediaType.safetensors],
                body: try answer.safetensors(model: "victim").encoded())
        }
        let choices = texts.enumerated().map { index, text in
            CompletionResponse.Choice(text, index: index) { "\($0)" }
        }
        return try Self.json(
            CompletionResponse(
                id: "cmpl-1", created: 0, model: "victim", choices: choices, usage: .init(asked, texts)))
    }

    private static func json(_ value: some Encodable) throws -> ServedReply {
        ServedReply(headers: ["Content-Type": MediaType.json], body: try JSONEncoder().encode(value))
    }

    private func query(_ request: ServedRequest) throws -> Query {
        guard let operation = Operation(rawValue: String(request.path.dropFirst("/v1/".count))) else {
            throw WireError(404, .init(message: "no such path: \(request.path)", type: "invalid_request_error"))
        }
        func decoded<Value: Decodable>(_: Value.Type) throws -> Value {
            try JSONDecoder().decode(Value.self, from: request.body)
        }
        switch operation {
        case .classify: return .classify(try VectorRequest.decode(request.body).inputs)
        case .decode: return .decode(try VectorRequest.decode(request.body).inputs)
        case .discriminate: return .discriminate(try VectorRequest.decode(request.body).inputs)
        case .encode:
            let body = try VectorRequest.decode(request.body)
            return .encode(body.inputs, labels: body.labels)
        case .sample:
            let body = try decoded(SampleRequest.self)
            let name = body.drawStream.flatMap { UInt64($0, radix: 16) }
            return .sample(count: body.count, label: body.label, stream: RandomStream(named: name ?? 0))
        case .logits: return .logits(try decoded(LogitsRequest.self).contexts)
        case .complete:
            return .complete(try decoded(CompletionRequest.self).query(tokeniser, defaultSeed: 0))
        }
    }
}
