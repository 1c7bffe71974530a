public import Foundation
import Synchronization
import Tensors
public import ThreatModel
import Wire

/// A model behind an HTTP interface.
///
/// Its answers are those of a ``ThreatModel/LocalService`` over the same model: bit for bit when it is the only caller,
/// and up to the rounding of matrix products when the service asks its model about requests of others in the same pass.
/// Queries of more than 256 records or 64 texts go out in several requests, one after another. When one of them is
/// refused, those before it have been answered and charged. It can be called from any number of threads; a call returns
/// when the answer is there.
public struct RemoteService: ModelService {
    private let connection: Connection
    private let model: String?
    private let known = Known()

    /// The card, once it was asked for.
    private final class Known: Sendable {
        let entry = Mutex<ModelList.Entry?>(nil)
    }

    /// Names a service; nothing is asked yet.
    ///
    /// - Parameters:
    ///   - base: its address without `/v1`, such as `http://127.0.0.1:8080`.
    ///   - key: what the service knows the caller by; `nil` where it asks nobody.
    ///   - model: which of its models; `nil` for the only one.
    ///   - retries: what happens when the service is busy.
    ///   - timeout: the seconds without a byte after which an answer is given up.
    public init(
        _ base: URL, key: APIKey? = nil, model: String? = nil, retries: RetryPolicy = RetryPolicy(),
        timeout: Double = 600
    ) {
        connection = Connection(Transport(base, secret: key?.secret, timeout: timeout), base, retries)
        self.model = model
    }

    /// What the service says of the model; asked once.
    ///
    /// - Throws: ``ThreatModelError/refused(_:)`` when it cannot be reached, does not know the key, or serves no such
    ///   model.
    public func card() throws(ThreatModelError) -> ServiceCard { try entry().card }

    /// Answers a query over the network.
    ///
    /// - Throws: ``ThreatModelError``: what the service throws where it runs, ``ServiceRefusal/transport(_:)`` when
    ///   there is no answer, and ``ServiceRefusal/rateLimited(retryAfter:)`` or ``ServiceRefusal/unavailable(_:)`` when the
    ///   policy's tries did not suffice.
    public func answer(_ query: Query) throws(ThreatModelError) -> Answer {
        if case .complete(let texts) = query, !texts.restriction.isNone {
            // What acts while a text is generated does not cross the wire, and must not seem to act.
            throw .refused(
                .invalid(
                    parameter: "",
                    "a temperature or a filter of n-grams acts where the model is; give it to the gateway as a defence")
            )
        }
        let entry = try entry()
        let pieces = QueryPieces(query)
        var answers: [Answer] = []
        for piece in pieces.queries {
            let reply = try connection.send(try WireRequest(piece, model: entry.id), family: entry.card.family)
            answers.append(try reply.answer(to: piece, entry))
        }
        return try pieces.joined(answers)
    }

    private func entry() throws(ThreatModelError) -> ModelList.Entry {
        if let entry = known.entry.withLock(\.self) { return entry }
        let reply = try connection.send(WireRequest(path: "v1/models", accept: MediaType.json), family: "model")
        let list = try reply.decoded(ModelList.self)
        let names = list.data.map(\.id)
        guard let entry = model.map({ id in list.data.first { $0.id == id } }) ?? list.data.first,
            model != nil || list.data.count == 1
        else {
            let wanted = model.map { "a model '\($0)'" } ?? "one model"
            throw .refused(
                .invalid(parameter: "model", "expected \(wanted), found \(names); name one that is served"))
        }
        known.entry.withLock { $0 = entry }
        return entry
    }
}

/// Sends requests until they are answered or the policy gives up.
struct Connection: Sendable {
    private let transport: Transport
    private let base: URL
    private let retries: RetryPolicy

    init(_ transport: Transport, _ base: URL, _ retries: RetryPolicy) {
        (self.transport, self.base, self.retries) = (transport, base, retries)
    }

    func send(_ request: WireRequest, family: String) throws(ThreatModelError) -> WireReply {
        var (attempt, failures) = (0, 0)
        while true {
            let reply: WireReply
            do {
                reply = try transport.send(request)
            } catch {
                failures += 1
                guard error.mayPass, let pause = retries.pauseAfterFailure(failures) else {
                    throw .refused(
                        .transport("expected an answer of \(base.absoluteString), found none: \(error.text)"))
                }
                retries.wait(pause)
                continue
            }
            guard let error = reply.error else { return reply }
            attempt += 1
            guard error.isPassing, let pause = retries.pause(after: attempt, asked: error.retryAfter) else {
                throw error.threatModelError(family: family)
            }
            retries.wait(pause)
        }
    }
}
