import Foundation
import Models
import Synchronization
import Tensors
import ThreatModel
import Wire

@testable import Gateway

/// A service whose answers are computed by hand, and which counts how often it is asked.
final class Scripted: ModelService {
    private let state = Mutex<[Query]>([])
    private let hold: DispatchSemaphore?

    /// Answers at once, or when the semaphore lets it.
    init(holding hold: DispatchSemaphore? = nil) { self.hold = hold }

    /// What it was asked.
    var asked: [Query] { state.withLock { $0 } }

    func card() -> ServiceCard {
        var card = ServiceCard(id: "scripted", family: "scripted", operations: [.classify, .encode, .decode, .logits])
        (card.width, card.latents, card.classes) = (2, 2, 3)
        return card
    }

    func answer(_ query: Query) throws(ThreatModelError) -> Answer {
        hold?.wait()
        state.withLock { $0.append(query) }
        switch query {
        case .classify(let rows):
            let labels = (0..<rows.rows).map { Int32(rows.row($0)[0]) }
            return .classes(ClassAnswers(labels: labels, probabilities: rows))
        case .encode(let rows, let labels):
            guard !(0..<rows.rows).contains(where: { rows.row($0)[0] == 13 }) else { throw .mismatch("13 is unlucky") }
            return .vectors(
                Tensor((0..<rows.rows).map { rows.row($0)[0] + Float(labels?[$0] ?? 0) }, shape: [rows.rows, 1]))
        case .decode(let rows): return .vectors(rows)
        case .logits(let contexts): return .vectors(Tensor(contexts.map { Float($0[0]) }, shape: [contexts.count, 1]))
        default: throw .unsupported("this", family: "scripted")
        }
    }
}

extension Front {
    /// Sends a body and returns the answer.
    func ask(
        _ path: String, _ body: String = "", method: String = "POST", key: String? = nil,
        type: String? = "application/json", accept: String? = nil, name: String? = nil
    ) async -> Reply {
        var head = RequestHead(method, path)
        head.idempotencyKey = name
        (head.contentType, head.accept, head.authorization) = (type, accept, key.map { "Bearer \($0)" })
        return await reply(to: head) { _ in Data(body.utf8) }
    }
}

extension Reply {
    /// The body of an answer that is not a stream.
    var data: Data {
        guard case .data(let data) = body else { return Data() }
        return data
    }

    /// The body as a value.
    func decoded<Value: Decodable>(_: Value.Type) throws -> Value { try JSONDecoder().decode(Value.self, from: data) }
}
