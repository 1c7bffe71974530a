import Foundation
import Models
import Synchronization
import Tensors
import Testing

@testable import Client
@testable import ThreatModel

/// The real gateway, where `PENUMBRA_GATEWAY` names it: `make gateway-test` does.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["PENUMBRA_GATEWAY"] != nil), .serialized)
struct GatewayTests {
    /// Serves a checkpoint while a test asks.
    func serve(
        _ name: String, arguments: (URL) throws -> [String] = { _ in [] },
        _ test: (GatewayProcess, ServedModels.Case) throws -> Void
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "served-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let served = try ServedModels.model(name)
        var metadata: [String: String] = [:]
        if let tokeniser = served.tokeniser {
            metadata["tokeniser"] = String(decoding: try JSONEncoder().encode(tokeniser), as: UTF8.self)
            metadata["window"] = "\(ServedModels.context + 1)"
        }
        let checkpoint = folder.appending(path: "\(name).safetensors")
        try served.model.checkpoint(metadata: metadata).encoded().write(to: checkpoint)
        let gateway = try GatewayProcess(models: [checkpoint], arguments: try arguments(folder))
        defer { gateway.stop() }
        try test(gateway, served)
    }

    @Test(
        "Every answer of the gateway is that of the service in this process, bit for bit", arguments: ServedModels.names
    )
    func answers(name: String) throws {
        let arguments = { (_: URL) in ["--allow-logits"] }
        try serve(name, arguments: arguments) { gateway, served in
            let local = LocalService(served.model, tokeniser: served.tokeniser)
            let remote = RemoteService(gateway.address)
            var card = try remote.card()
            card.id = local.card().id
            #expect(card == local.card())
            for query in served.queries {
                #expect(try remote.answer(query) == local.answer(query), "\(query.operation)")
            }
        }
    }

    @Test("Who asks too fast waits as long as the gateway says, and gets every answer")
    func rate() throws {
        let key = APIKey.random()
        let arguments = { (folder: URL) throws -> [String] in
            var ring = KeyRing()
            try ring.add(.init(name: "tester", hash: key.hash, rate: 20, burst: 5))
            let file = folder.appending(path: "keys")
            try ring.write(to: file)
            return ["--keys", file.path]
        }
        try serve("classifier", arguments: arguments) { gateway, served in
            let waits = Mutex(0)
            let retries = RetryPolicy(tries: 50) { seconds in
                waits.withLock { $0 += 1 }
                Thread.sleep(forTimeInterval: seconds)
            }
            let remote = RemoteService(gateway.address, key: key, retries: retries)
            let local = LocalService(served.model)
            var asked = 0
            // Whoever is slow enough, as a busy machine may make one, need never wait; so it asks until it had to.
            while asked < 4 || (asked < 200 && waits.withLock(\.self) == 0) {
                let start = asked % 4 * 4
                let query = Query.classify(ServedModels.rows.rows(start..<start + 4))
                let (found, expected) = (try remote.answer(query), try local.answer(query))
                #expect(found == expected)
                asked += 1
            }
            #expect(waits.withLock(\.self) > 0)
        }
    }

    @Test("An unknown key is refused, and a known one is answered until its budget is spent")
    func keys() throws {
        let key = APIKey.random()
        let arguments = { (folder: URL) throws -> [String] in
            var ring = KeyRing()
            try ring.add(.init(name: "tester", hash: key.hash, queries: 5))
            let file = folder.appending(path: "keys")
            try ring.write(to: file)
            return ["--keys", file.path]
        }
        try serve("classifier", arguments: arguments) { gateway, _ in
            let query = Query.classify(ServedModels.rows.rows(0..<5))
            for stranger in [nil, APIKey.random()] {
                #expect(throws: ThreatModelError.refused(.unauthorised)) {
                    try RemoteService(gateway.address, key: stranger).answer(query)
                }
            }
            let remote = RemoteService(gateway.address, key: key)
            _ = try remote.answer(query)
            let error = #expect(throws: ThreatModelError.self) { try remote.answer(query) }
            guard case .refused(.overBudget) = error else { throw ThreatModelError.mismatch("no refusal") }
        }
    }

    @Test("An answer that is lost on the way is asked for again, and charged once")
    func lostAnswer() throws {
        let arguments = { (folder: URL) in
            ["--ledger", folder.appending(path: "ledger").path, "--budget", "5"]
        }
        try serve("classifier", arguments: arguments) { gateway, served in
            let transport = Transport(gateway.address, secret: nil, timeout: 30)
            let losses = Mutex(0)
            let proxy = try LoopbackServer { request in
                let reply = try? transport.send(
                    WireRequest(
                        method: request.method, path: String(request.path.dropFirst()), body: request.body,
                        contentType: request.headers["content-type"], accept: request.headers["accept"],
                        idempotencyKey: request.headers["idempotency-key"]))
                let isLost = losses.withLock { losses in
                    guard request.method == "POST", losses == 0 else { return false }
                    losses += 1
                    return true
                }
                guard let reply, !isLost else { return nil }
                return ServedReply(
                    status: reply.status, headers: ["Content-Type": reply.contentType], body: reply.body)
            }
            defer { proxy.close() }
            let remote = RemoteService(try #require(proxy.url), retries: RetryPolicy { _ in })
            let query = Query.classify(ServedModels.rows.rows(0..<4))
            #expect(try remote.answer(query) == LocalService(served.model).answer(query))
            #expect(losses.withLock(\.self) == 1)
            // Four of five are spent: once is left, and twice is not.
            _ = try remote.answer(.classify(ServedModels.rows.rows(0..<1)))
            #expect(throws: ThreatModelError.self) { try remote.answer(.classify(ServedModels.rows.rows(0..<1))) }
        }
    }

    @Test("A gateway that was stopped is not there, which is told in one line")
    func stopped() throws {
        try serve("classifier") { gateway, _ in
            gateway.stop()
            let retries = RetryPolicy(connectionTries: 1)
            let error = #expect(throws: ThreatModelError.self) {
                try RemoteService(gateway.address, retries: retries).card()
            }
            guard case .refused(.transport) = error else { throw ThreatModelError.mismatch("no transport error") }
        }
    }
}
