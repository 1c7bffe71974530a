import Foundation
import Synchronization
import Tensors
import Testing
import ThreatModel

@testable import Gateway

@Suite("Batches of requests")
struct BatcherTests {
    private let hold = DispatchSemaphore(value: 0)

    /// Submits all queries while the first is held, lets the model go, and returns their answers.
    private func answers(
        _ queries: [Query], _ service: Scripted, limits: Limits = Limits()
    ) async throws -> [Result<Answer, ThreatModelError>] {
        let batcher = Batcher(limits, MetricsRegistry())
        let model = ServedModel(id: "scripted", service, allowsLogits: true)
        let results = Mutex<[Int: Result<Answer, ThreatModelError>]>([:])
        let (events, arrivals) = AsyncStream.makeStream(of: Void.self)
        for (index, query) in queries.enumerated() {
            batcher.submit(
                .init(
                    model: model, account: "a", query: query,
                    receiver: .whole { result in
                        results.withLock { $0[index] = result }
                        arrivals.yield()
                    }))
            // The first has left the queue before the others come.
            while index == 0, batcher.length > 0 { try await Task.sleep(for: .milliseconds(1)) }
        }
        // A pass that fails is asked again, question by question.
        for _ in 0..<2 * queries.count { hold.signal() }
        var arrived = 0
        for await _ in events {
            arrived += 1
            if arrived == queries.count { break }
        }
        return queries.indices.compactMap { index in results.withLock { $0[index] } }
    }

    private func rows(_ numbers: Float...) -> Tensor {
        Tensor(numbers.flatMap { [$0, 0.5] }, shape: [numbers.count, 2])
    }

    @Test("What waits and is of one kind is asked in one pass, and each gets its own answer")
    func merged() async throws {
        let service = Scripted(holding: hold)
        let queries: [Query] = [
            .decode(rows(9)), .classify(rows(0, 1)), .encode(rows(4)), .classify(rows(2)), .logits([[7, 1]]),
            .encode(rows(5, 6)), .encode(rows(4), labels: [2]), .logits([[8, 1], [9, 1]]), .logits([[5]]),
        ]
        let found = try await answers(queries, service)
        #expect(found.map { try? $0.get() } == queries.map { try? Scripted().answer($0) })
        #expect(
            service.asked == [
                .decode(rows(9)), .classify(rows(0, 1, 2)), .encode(rows(4, 5, 6)),
                .logits([[7, 1], [8, 1], [9, 1]]),
                .encode(rows(4), labels: [2]), .logits([[5]]),
            ])
    }

    @Test("A question that the model refuses spoils no other")
    func spoilt() async throws {
        let service = Scripted(holding: hold)
        let found = try await answers(
            [.decode(rows(0)), .encode(rows(1)), .encode(rows(13)), .encode(rows(2))], service)
        #expect(found.map { (try? $0.get()) != nil } == [true, true, false, true])
        #expect((try? found[3].get()) == .vectors(Tensor([2], shape: [1, 1])))
    }

    @Test("No pass has more rows than a request may have")
    func bounded() async throws {
        let service = Scripted(holding: hold)
        var limits = Limits()
        limits.rows = 3
        _ = try await answers(
            [.decode(rows(0)), .classify(rows(0, 1)), .classify(rows(2, 3)), .classify(rows(4))], service,
            limits: limits)
        #expect(service.asked == [.decode(rows(0)), .classify(rows(0, 1)), .classify(rows(2, 3, 4))])
    }

    @Test("A full queue refuses at once")
    func full() async throws {
        var limits = Limits()
        limits.queue = 2
        let found = try await answers(
            [.decode(rows(0)), .classify(rows(1)), .classify(rows(2)), .classify(rows(3))], Scripted(holding: hold),
            limits: limits)
        #expect(found.map { (try? $0.get()) != nil } == [true, true, true, false])
        guard case .failure(.refused(.unavailable)) = found[3] else {
            Issue.record("expected a refusal, found \(found[3])")
            return
        }
    }
}
