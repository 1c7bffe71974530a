import Foundation
import Synchronization
import Testing
import ThreatModel
import Wire

@testable import Gateway

@Suite("Answers to requests that are sent again")
struct KeptRepliesTests {
    private let two = #"{"inputs": [[1, 0], [2, 0]]}"#

    private func head(_ key: String?, path: String = "/v1/decode") -> RequestHead {
        var head = RequestHead("POST", path)
        head.idempotencyKey = key
        return head
    }

    /// Counts how often it answers, each time something else.
    private final class Source: Sendable {
        let count = Mutex(0)
        func reply(_ size: Int = 10) -> Reply {
            let number = count.withLock { count in
                count += 1
                return count
            }
            var reply = Reply(200, "text/plain", Data(repeating: UInt8(number), count: size))
            (reply.record.queries, reply.record.tokens) = (2, 7)
            return reply
        }
    }

    @Test("A request that is sent again has its first answer, and only one without a name is charged twice")
    func charge() async throws {
        let service = Scripted()
        let accounts = try Accounts(sharedBy: .anonymous(queries: 7))
        let front = Front([ServedModel(id: "scripted", service)], accounts: accounts)
        let first = await front.ask("/v1/decode", two, name: "r1")
        let second = await front.ask("/v1/decode", two, name: "r1")
        #expect(first.status == 200 && second.status == 200 && first.data == second.data)
        #expect(service.asked.count == 1 && accounts.all[0].spent.queries == 2)
        #expect(first.record.queries == 2 && second.record.queries == 0)
        #expect(second.headers.contains { $0 == ("Idempotency-Replayed", "true") } && first.headers.isEmpty)
        #expect(front.metrics.text(queue: 0, inFlight: 0).contains(#"model="scripted",operation="decode"} 2"#))
        for _ in 0..<2 { #expect(await front.ask("/v1/decode", two).status == 200) }
        #expect(service.asked.count == 3 && accounts.all[0].spent.queries == 6)
        // The budget is spent, and what was paid for is still there.
        #expect(await front.ask("/v1/decode", two, name: "r2").status == 429)
        #expect(await front.ask("/v1/decode", two, name: "r1").data == first.data)
    }

    @Test("A key that another request had is refused, whatever differs, and costs nothing")
    func reuse() async throws {
        let service = Scripted()
        let accounts = try Accounts(sharedBy: .anonymous(queries: 100))
        let front = Front([ServedModel(id: "scripted", service)], accounts: accounts)
        // Bodies that differ only far behind their beginning.
        let long = String(repeating: " ", count: 500)
        #expect(await front.ask("/v1/decode", two + long, name: "r").status == 200)
        let others = [
            await front.ask("/v1/decode", two + long + " ", name: "r"),
            await front.ask("/v1/classify", two + long, name: "r"),
            await front.ask("/v1/decode", two + long, accept: "application/x-safetensors", name: "r"),
        ]
        for reply in others {
            let error = try reply.decoded(ErrorBody.self).error
            #expect(reply.status == 422 && error.code == "idempotency_key_reused")
        }
        #expect(service.asked.count == 1 && accounts.all[0].spent.queries == 2)
        for strange in ["", "a b", "é", String(repeating: "x", count: 256)] {
            let reply = await front.ask("/v1/decode", two, name: strange)
            #expect(try reply.status == 400 && reply.decoded(ErrorBody.self).error.param == "Idempotency-Key")
        }
        #expect(await front.ask("/v1/decode", two, name: String(repeating: "x", count: 255)).status == 200)
    }

    @Test("What was refused is asked anew")
    func refusal() async throws {
        let service = Scripted()
        let front = Front([ServedModel(id: "scripted", service)])
        for _ in 0..<2 {
            let unlucky = #"{"inputs": [[13, 0]], "labels": [0]}"#
            #expect(await front.ask("/v1/encode", unlucky, name: "r").status == 400)
        }
        #expect(await front.ask("/v1/encode", #"{"inputs": [[1, 0]], "labels": [0]}"#, name: "r").status == 200)
        #expect(service.asked.count == 3)
    }

    @Test("Callers' keys are their own")
    func accounts() async throws {
        let (kept, source) = (KeptReplies(), Source())
        let replies = try await [
            kept.reply(to: head("r"), Data(), of: "alice") { source.reply() },
            kept.reply(to: head("r"), Data([1]), of: "bob") { source.reply() },
            kept.reply(to: head("r"), Data(), of: "alice") { source.reply() },
        ]
        #expect(replies.map(\.data.first) == [1, 2, 1])
    }

    @Test("Who asks while the first is under way waits for its answer, or its refusal", arguments: [true, false])
    func underWay(succeeds: Bool) async throws {
        let (kept, source) = (KeptReplies(), Source())
        let results = await withTaskGroup(of: Result<Data, WireError>.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    do throws(WireError) {
                        let reply = try await kept.reply(to: head("r"), Data(), of: "alice") {
                            () async throws(WireError) in
                            // The other three wait: the answer cannot come before they do.
                            while kept.waiting < 3 { await Task.yield() }
                            let reply = source.reply()
                            if !succeeds { throw WireError(503, .init(message: "full", type: "server_error")) }
                            return reply
                        }
                        return .success(reply.data)
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(source.count.withLock(\.self) == 1 && Set(results.map { "\($0)" }).count == 1)
        #expect(results.count == 4 && kept.count == (succeeds ? 1 : 0) && kept.waiting == 0)
        if case .failure(let error) = results[0] { #expect(!succeeds && error.status == 503) }
    }

    @Test("The oldest answers go first when there are too many or too large ones, and all go with time")
    func bounds() async throws {
        let now = Mutex(0.0)
        let kept = KeptReplies(.init(count: 3, bytes: 100, seconds: 60)) { now.withLock(\.self) }
        let source = Source()
        func ask(_ key: String, size: Int = 10) async throws -> UInt8? {
            try await kept.reply(to: head(key), Data(), of: "alice") { source.reply(size) }.data.first
        }
        for key in ["a", "b", "c", "d"] { _ = try await ask(key) }
        #expect(kept.count == 3)
        #expect(try await [ask("d"), ask("c"), ask("b")] == [4, 3, 2])
        // One more takes the place of the oldest, which is b now; one that is too large to be kept takes nobody's.
        #expect(try await ask("e", size: 80) == 5)
        #expect(kept.count == 3)
        #expect(try await ask("f", size: 101) == 6)
        #expect(try await [ask("e"), ask("d"), ask("c")] == [5, 4, 3])
        #expect(try await ask("f", size: 101) == 7)
        now.withLock { $0 = 59.9 }
        #expect(try await ask("e", size: 80) == 5)
        now.withLock { $0 = 60 }
        #expect(try await ask("e", size: 80) == 8)
        #expect(kept.count == 1)
    }
}
