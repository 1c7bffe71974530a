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
        let metrics = MetricsRegistry()
        let batcher = Batcher(limits, metrics)
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
            // The first is with the model before the others come.
            while index == 0, !metrics.text(queue: 0, inFlight: 0).contains("penumbra_model_passes_total 1") {
                try await Task.sleep(for: .milliseconds(1))
            }
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

    @Test("What waits is counted until it is answered")
    func length() async throws {
        let metrics = MetricsRegistry()
        let batcher = Batcher(Limits(), metrics)
        let model = ServedModel(id: "scripted", Scripted(holding: hold), allowsLogits: true)
        let (events, arrivals) = AsyncStream.makeStream(of: Int.self)
        for _ in 0..<3 {
            batcher.submit(
                .init(
                    model: model, account: "a", query: .decode(rows(1)),
                    receiver: .whole { _ in arrivals.yield(batcher.length) }))
        }
        while !metrics.text(queue: 0, inFlight: 0).contains("penumbra_model_passes_total 1") {
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(batcher.length == 3)
        for _ in 0..<3 { hold.signal() }
        var told: [Int] = []
        for await length in events {
            told.append(length)
            if told.count == 3 { break }
        }
        // Each is told its answer when its place is free already.
        #expect(told == [2, 1, 0] && batcher.length == 0)
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

    @Test("A full queue refuses at once, and what the model has taken and not answered is part of it")
    func full() async throws {
        var limits = Limits()
        limits.queue = 3
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
