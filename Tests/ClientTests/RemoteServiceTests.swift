import Foundation
import Models
import Synchronization
import Tensors
import Testing

@testable import Client
@testable import ThreatModel

@Suite struct RemoteServiceTests {
    @Test(
        "Every answer over the network is that of the service in this process, bit for bit",
        arguments: ServedModels.names)
    func answers(name: String) throws {
        let served = try ServedModels.model(name)
        let local = LocalService(served.model, tokeniser: served.tokeniser)
        let server = try WireServer(local, tokeniser: served.tokeniser)
        let remote = RemoteService(server.url, model: "victim")
        #expect(try remote.card() == local.card())
        #expect(!served.queries.isEmpty)
        for query in served.queries {
            #expect(try remote.answer(query) == local.answer(query), "\(query.operation)")
        }
    }

    @Test("Bodies of a megabyte arrive whole, in both directions")
    func largeBodies() throws {
        let wide = Autoencoder(inputs: 1100, hidden: [], latents: 4)
        let local = LocalService(Model(untrained: .autoencoder(wide), RandomStream(seed: 6)))
        let server = try WireServer(local)
        let rows = RandomStream(seed: 6)["rows"].uniformTensor([256, 1100])
        let remote = RemoteService(server.url)
        #expect(try remote.answer(.encode(rows)) == local.answer(.encode(rows)))
        let codes = RandomStream(seed: 6)["codes"].normalTensor([256, 4])
        #expect(try remote.answer(.decode(codes)) == local.answer(.decode(codes)))
        #expect(server.requests[0].body.count > 1 << 20)
    }

    @Test("A proxy that the environment names is not asked for a service on this machine")
    func proxy() async {
        await #expect(processExitsWith: .success) {
            _ = unsafe setenv("http_proxy", "http://127.0.0.1:9", 1)
            let server = try WireServer(LocalService(try ServedModels.model("classifier").model))
            _ = try RemoteService(server.url).card()
        }
    }

    @Test("Without a tokeniser texts have no text, here as there")
    func withoutText() throws {
        let served = try ServedModels.model("transformer")
        let local = LocalService(served.model)
        let server = try WireServer(local)
        let query = Query.complete(ServedModels.completions[3])
        let answer = try RemoteService(server.url).answer(query)
        #expect(try answer == local.answer(query))
        guard case .completions(let texts) = answer else { throw ThreatModelError.mismatch("no texts") }
        #expect(texts.allSatisfy { $0.text == nil })
    }

    @Test("The key goes out with every request, and a client without one sends none")
    func key() throws {
        let local = LocalService(try ServedModels.model("classifier").model)
        let server = try WireServer(local)
        _ = try RemoteService(server.url, key: APIKey("pk-1")).answer(.classify(ServedModels.rows))
        #expect(server.requests.count == 3)
        #expect(server.requests.allSatisfy { $0.headers["authorization"] == "Bearer pk-1" })
        let other = try WireServer(local)
        _ = try RemoteService(other.url).card()
        #expect(other.requestCount == 1)
    }

    @Test("The card is asked for once")
    func card() throws {
        let server = try WireServer(LocalService(try ServedModels.model("classifier").model))
        let remote = RemoteService(server.url)
        for _ in 0..<3 {
            _ = try remote.card()
            _ = try remote.answer(.classify(ServedModels.rows.rows(0..<2)))
        }
        #expect(server.requestCount == 4 && server.requests.count == 3)
    }

    @Test("A model that is not served is refused, and the error names those that are")
    func unknownModel() throws {
        let server = try WireServer(LocalService(try ServedModels.model("classifier").model))
        let error = #expect(throws: ThreatModelError.self) { try RemoteService(server.url, model: "other").card() }
        #expect(error?.description.contains("victim") == true && error?.description.contains("other") == true)
    }

    @Test("What the service throws, the client throws")
    func errors() throws {
        let classifier = LocalService(try ServedModels.model("classifier").model)
        let conditional = LocalService(try ServedModels.model("conditional").model)
        let transformer = LocalService(try ServedModels.model("transformer").model)
        var biased = CompletionQuery(prompts: [[1]], maxTokens: 1)
        biased.bias = [99: 1]
        let cases: [(LocalService, Query)] = [
            (classifier, .encode(ServedModels.rows.rows(0..<1))),
            (classifier, .classify(ServedModels.codes.rows(0..<1))),
            (conditional, .encode(ServedModels.rows.rows(0..<2), labels: [9, 9])),
            (conditional, .sample(count: 2, label: 9, stream: RandomStream(seed: 1))),
            (transformer, .complete(CompletionQuery(prompts: [[1], [99]], maxTokens: 1))),
            (transformer, .complete(CompletionQuery(prompts: [[1]], maxTokens: 99))), (transformer, .complete(biased)),
            (transformer, .logits([[1], [1, 2]])),
        ]
        for (local, query) in cases {
            let server = try WireServer(local)
            let expected = try #require(throws: ThreatModelError.self) { try local.answer(query) }
            #expect(throws: expected) { try RemoteService(server.url).answer(query) }
        }
    }

    @Test(
        "Refusals that do not pass are told at once, as what they are",
        arguments: [
            ServiceRefusal.unauthorised, .overBudget("spent"), .tooLarge("too much"),
            .invalid(parameter: "inputs", "wrong"),
        ])
    func refusals(refusal: ServiceRefusal) throws {
        let server = try WireServer(
            LocalService(try ServedModels.model("classifier").model), mishaps: [.error(.refused(refusal))])
        let retries = RetryPolicy { _ in Issue.record("waited in vain") }
        #expect(throws: ThreatModelError.refused(refusal)) { try RemoteService(server.url, retries: retries).card() }
        #expect(server.requestCount == 1)
    }

    @Test("What is no gateway of ours is said to be none")
    func foreign() throws {
        let local = LocalService(try ServedModels.model("classifier").model)
        for mishap in [WireServer.Mishap.page(status: 200, "<html>"), .page(status: 502, "<html>")] {
            let server = try WireServer(local, mishaps: [mishap])
            let error = #expect(throws: ThreatModelError.self) { try RemoteService(server.url).card() }
            guard case .refused(.transport) = error else {
                throw ThreatModelError.mismatch("\(String(describing: error))")
            }
        }
        let server = try WireServer(local, mishaps: [nil, .page(status: 200, "{}")])
        #expect(throws: ThreatModelError.self) { try RemoteService(server.url).answer(.classify(ServedModels.rows)) }
    }

    @Test("Threads share a client, and each gets its own answer")
    func threads() async throws {
        let local = LocalService(try ServedModels.model("classifier").model)
        let server = try WireServer(local)
        let remote = RemoteService(server.url)
        let right = try await withThrowingTaskGroup(of: Bool.self) { group in
            for row in 0..<16 {
                group.addTask {
                    let query = Query.classify(ServedModels.rows.rows(row..<row + 1))
                    return try remote.answer(query) == local.answer(query)
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(right == 16)
    }
}
