import Foundation
import Tensors
import Testing
import ThreatModel
import Wire

@testable import Gateway

@Suite("The interface without a network")
struct FrontTests {
    private static func front(accounts: Accounts = Accounts(), allowsLogits: Bool = false) -> Front {
        Front(
            [ServedModel(id: "scripted", Scripted(), allowsLogits: allowsLogits)], accounts: accounts,
            allowsLogits: allowsLogits)
    }

    @Test("Rows are answered with labels, probabilities and what it cost")
    func classes() async throws {
        let front = Self.front()
        let reply = await front.ask("/v1/classify", #"{"inputs": [[2, 0.5], [1, 0.25]]}"#)
        let found = try reply.decoded(VectorResponse.self)
        #expect(reply.status == 200 && found.labels == [2, 1] && found.data == [[2, 0.5], [1, 0.25]])
        #expect(found.usage == QueryCost(queries: 2) && found.model == "scripted")
        let text = front.metrics.text(queue: 0, inFlight: 0)
        #expect(text.contains(#"penumbra_queries_total{model="scripted",operation="classify"} 2"#))
        #expect(text.contains(#"penumbra_requests_total{route="/v1/classify",method="POST",status="200"} 1"#))
        #expect(text.contains(#"penumbra_request_seconds_bucket{route="/v1/classify",le="+Inf"} 1"#))
    }

    @Test("Arrays come back under the name by which they were asked for", arguments: BodyFormat.names.dropFirst())
    func arrays(name: String) async throws {
        let reply = await Self.front().ask("/v1/decode", #"{"inputs": [[2, 0.5]]}"#, accept: name)
        #expect(reply.contentType == name)
        #expect(try Answer(try Safetensors(decoding: reply.data)) == .vectors(Tensor([2, 0.5], shape: [1, 2])))
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        var path: String
        var body: String
        var status: Int
        var says: String
        var testDescription: String { "\(path) \(body.prefix(40))" }
    }

    @Test(
        "What is wrong is told with its status, as an error in JSON",
        arguments: [
            Bad(path: "/v1/classify", body: "{", status: 400, says: "JSON"),
            Bad(path: "/v1/classify", body: "{}", status: 400, says: "inputs"),
            Bad(path: "/v1/classify", body: #"{"inputs": [[1, 2]], "input": 1}"#, status: 400, says: "'input'"),
            Bad(path: "/v1/classify", body: #"{"inputs": [[1, 2, 3]]}"#, status: 400, says: "rows of 2"),
            Bad(path: "/v1/classify", body: #"{"inputs": [[1, "x"]]}"#, status: 400, says: "inputs[0][1]"),
            Bad(path: "/v1/classify", body: #"{"inputs": [[1, 2]], "model": "x"}"#, status: 404, says: "scripted"),
            Bad(path: "/v1/classify", body: #"{"inputs": [[1, 2]], "labels": [1]}"#, status: 400, says: "labels"),
            Bad(path: "/v1/encode", body: #"{"inputs": [[1, 2]], "labels": [3]}"#, status: 400, says: "from 0 to 2"),
            Bad(path: "/v1/encode", body: #"{"inputs": [[1, 2]]}"#, status: 400, says: "a class from 0 to 2"),
            Bad(path: "/v1/sample", body: #"{"count": 1}"#, status: 404, says: "/v1/classify"),
            Bad(path: "/v1/logits", body: #"{"contexts": [[1]]}"#, status: 404, says: "/openapi.json"),
            Bad(path: "/v1/completions", body: #"{"prompt": "a"}"#, status: 404, says: "scripted"),
            Bad(path: "/v1/nothing", body: "{}", status: 404, says: "/openapi.json"),
            Bad(path: "/v1/models", body: "{}", status: 405, says: "GET"),
        ])
    func bad(_ bad: Bad) async throws {
        let reply = await Self.front().ask(bad.path, bad.body)
        let error = try reply.decoded(ErrorBody.self).error
        #expect(reply.status == bad.status && reply.contentType == "application/json")
        #expect((error.message + (error.param ?? "")).contains(bad.says), "\(error)")
    }

    @Test("Bodies in another format, and longer ones than allowed, are not read")
    func unread() async {
        let front = Self.front()
        var head = RequestHead("POST", "/v1/classify")
        head.contentType = "text/plain"
        #expect(await front.reply(to: head) { _ in fatalError("it was read") }.status == 415)
        (head.contentType, head.contentLength) = ("application/json; charset=utf-8", Limits().bodyBytes + 1)
        #expect(await front.reply(to: head) { _ in fatalError("it was read") }.status == 413)
    }

    @Test("Logits are served where that is allowed, and described only there")
    func logits() async throws {
        let open = Self.front(allowsLogits: true)
        let reply = await open.ask("/v1/logits", #"{"contexts": [[4], [5]]}"#)
        #expect(try reply.decoded(VectorResponse.self).data == [[4], [5]])
        for front in [open, Self.front()] {
            let data = await front.ask("/openapi.json", method: "GET").data
            let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            let paths = try #require(document["paths"] as? [String: Any])
            #expect((paths["/v1/logits"] != nil) == front.allowsLogits && paths["/v1/completions"] == nil)
            #expect(paths.count == (front.allowsLogits ? 10 : 9))
            let card = try await front.ask("/v1/models", method: "GET").decoded(ModelList.self).data[0].card
            #expect(card.operations.contains(.logits) == front.allowsLogits)
        }
    }

    @Test("A budget is spent by queries that are answered, and by no others")
    func budget() async throws {
        let key = APIKey.random()
        var ring = KeyRing()
        try ring.add(.init(name: "alice", hash: key.hash))
        let front = Self.front(accounts: try Accounts(ring, allowance: .anonymous(queries: 3)))
        let two = #"{"inputs": [[1, 0], [2, 0]], "labels": [0, 0]}"#
        for stranger in [nil, "pk-unknown", ""] {
            let reply = await front.ask("/v1/encode", two, key: stranger)
            #expect(reply.status == 401 && reply.headers.contains { $0.name == "WWW-Authenticate" })
        }
        #expect(await front.ask("/v1/models", method: "GET").status == 401)
        #expect(await front.ask("/health", method: "GET").status == 200)
        // The model refuses 13, so that it costs nothing.
        let refused = await front.ask(
            "/v1/encode", #"{"inputs": [[13, 0], [1, 0]], "labels": [0, 0]}"#, key: key.secret)
        #expect(refused.status == 400)
        let answered = await front.ask("/v1/encode", two, key: key.secret)
        #expect(answered.status == 200 && answered.record.account == "alice")
        let spent = await front.ask("/v1/encode", two, key: key.secret)
        #expect(try spent.status == 429 && spent.decoded(ErrorBody.self).error.code == "insufficient_quota")
    }

    @Test("Who asks too fast is told how long to wait")
    func rate() async throws {
        let front = Self.front(accounts: try Accounts(sharedBy: .anonymous(rate: 0.01, burst: 2)))
        let two = #"{"inputs": [[1, 0], [2, 0]]}"#
        #expect(await front.ask("/v1/decode", two).status == 200)
        let refused = await front.ask("/v1/decode", two)
        let seconds = refused.headers.first { $0.name == "Retry-After" }.flatMap { Int($0.value) }
        #expect(refused.status == 429 && (100...200).contains(seconds ?? 0))
    }

    @Test(
        "A wait that no clock counts is told as a day", arguments: [(1e30, "86400"), (.infinity, "86400"), (0.2, "1")])
    func wait(seconds: Double, says: String) {
        let reply = Reply(WireError(.refused(.rateLimited(retryAfter: seconds))))
        #expect(reply.headers.first { $0.name == "Retry-After" }?.value == says)
    }

    @Test("Defences hide an operation from the document, too")
    func hidden() async throws {
        let material = DefenceMaterial(random: RandomStream(seed: 1))
        let protection = Protection(defences: [try DefenceSpec("labels-only").defence(material)])
        let model = ServedModel(id: "scripted", Scripted(), allowsLogits: true, protection: protection)
        let data = await Front([model], allowsLogits: true).ask("/openapi.json", method: "GET").data
        let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let paths = try #require(document["paths"] as? [String: Any])
        #expect(paths["/v1/classify"] != nil && paths["/v1/logits"] == nil)
    }

    @Test("Each account is watched by itself, and an alarm is counted")
    func alarms() async throws {
        let (alice, bob) = (APIKey.random(), APIKey.random())
        var ring = KeyRing()
        try ring.add(.init(name: "alice", hash: alice.hash))
        try ring.add(.init(name: "bob", hash: bob.hash))
        let watches = try AccountWatches([try MonitorSpec("prada")], MonitorMaterial(random: RandomStream(seed: 1)))
        let protection = Protection(defences: [], watches: watches, policy: .block)
        let model = ServedModel(id: "scripted", Scripted(), protection: protection)
        let front = Front([model], accounts: try Accounts(ring))
        // Half of the queries are copies of another one but for a step of one size: no benign stream looks so.
        let rows = (0..<300).map { "[1, \($0 < 150 ? Double($0) * 1000 : Double($0 - 150) * 1000 + 0.001)]" }
        let body = #"{"inputs": [\#(rows.joined(separator: ","))]}"#
        _ = await front.ask("/v1/classify", body, key: alice.secret)
        #expect(await front.ask("/v1/classify", #"{"inputs": [[1, 1]]}"#, key: alice.secret).status == 429)
        #expect(await front.ask("/v1/classify", #"{"inputs": [[1, 1]]}"#, key: bob.secret).status == 200)
        #expect(await front.ask("/metrics", method: "GET").status == 401)
        let metrics = await front.ask("/metrics", method: "GET", key: bob.secret)
        let text = String(decoding: metrics.data, as: UTF8.self)
        #expect(text.contains("\npenumbra_alarms_total 1\n") && !text.contains("prada"))
    }

    @Test("Who is blocked on one model is refused by the others")
    func blocks() async throws {
        let blocks = AccountBlocks()
        let models = try ["a", "b"].map { id in
            let watches = try AccountWatches([try MonitorSpec("prada")], MonitorMaterial(random: RandomStream(seed: 1)))
            let protection = Protection(defences: [], watches: watches, policy: .block, blocks: blocks)
            return ServedModel(id: id, Scripted(), protection: protection)
        }
        let front = Front(models)
        func status(_ model: String, _ rows: [String]) async -> Int {
            await front.ask("/v1/classify", #"{"model": "\#(model)", "inputs": [\#(rows.joined(separator: ","))]}"#)
                .status
        }
        #expect(await status("b", ["[1, 1]"]) == 200)
        // Copies have no distance at all, which no benign stream is like.
        #expect(await status("a", [String](repeating: "[1, 1]", count: 102)) == 429)
        #expect(await status("b", ["[1, 1]"]) == 429)
    }

    @Test("Defences stand between a shared pass and each caller")
    func defences() async throws {
        let material = DefenceMaterial(random: RandomStream(seed: 1))
        let protection = Protection(defences: [try DefenceSpec("labels-only").defence(material)])
        let front = Front([ServedModel(id: "scripted", Scripted(), protection: protection)])
        let reply = await front.ask("/v1/classify", #"{"inputs": [[2, 0.5]]}"#)
        let found = try reply.decoded(VectorResponse.self)
        #expect(found.labels == [2] && found.data == nil)
    }
}
