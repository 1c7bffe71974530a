import Models
import Tensors
import Testing
import ThreatModel

@testable import Client
@testable import ThreatModel

@Suite struct EqualEvidenceTests {
    /// Plays twice and expects the same evidence for the same queries and tokens.
    private func compare(_ name: String, _ attack: Play.Attack, budget: Int? = nil) throws {
        let served = try ServedModels.model(name)
        let server = try WireServer(
            LocalService(served.model, tokeniser: served.tokeniser), tokeniser: served.tokeniser)
        let (near, far) = (QueryMeter(budget: budget), QueryMeter(budget: budget))
        let local = Victim(behind: LocalService(served.model, tokeniser: served.tokeniser))
        let expected = try attack(local, near)
        #expect(try attack(Victim(behind: RemoteService(server.url)), far) == expected)
        #expect(expected != Evidence() && near.queries > 0)
        #expect(far.queries == near.queries && far.tokens == near.tokens)
    }

    @Test("Labels of a classifier") func labels() throws { try compare("classifier", Play.labels) }
    @Test("Probabilities of a classifier") func predictions() throws { try compare("classifier", Play.predictions) }
    @Test("Codes of labelled records", arguments: ["autoencoder", "variational", "conditional"]) func codes(
        name: String
    ) throws {
        try compare(name, Play.codes)
    }
    @Test("Samples", arguments: ["gan", "variational", "conditional"]) func samples(name: String) throws {
        try compare(name, Play.samples)
    }
    @Test("Images of codes", arguments: ["gan", "variational"]) func latents(name: String) throws {
        try compare(name, Play.latents)
    }
    @Test("Continuations") func continuations() throws { try compare("transformer", Play.continuations) }
    @Test("Log-probabilities under a bias") func completions() throws { try compare("transformer", Play.completions) }
    @Test("Logits") func logits() throws { try compare("transformer", Play.logits) }

    @Test("What the model has no answer to is refused in the same words, and costs nothing on either side")
    func refusals() throws {
        let model = try ServedModels.model("classifier").model
        let server = try WireServer(LocalService(model))
        for attack in [Play.codes, Play.samples, Play.latents, Play.continuations, Play.completions, Play.logits] {
            let (near, far) = (QueryMeter(), QueryMeter())
            let expected = try #require(throws: ThreatModelError.self) {
                try attack(Victim(behind: LocalService(model)), near)
            }
            #expect(throws: expected) { try attack(Victim(behind: RemoteService(server.url)), far) }
            #expect(near.queries == 0 && far.queries == 0)
        }
        #expect(server.requests.isEmpty)
    }

    @Test(
        "Labels that the model does not read, and temperatures that no interface takes, are refused in the same words")
    func bounds() throws {
        var hot = ServedModels.completions[1]
        hot.rule.temperature = 2.5
        let labelled = Query.encode(ServedModels.rows, labels: ServedModels.labels)
        for (name, query, word) in [
            ("autoencoder", labelled, "labels"), ("transformer", .complete(hot), "temperature"),
        ] {
            let local = LocalService(try ServedModels.model(name).model)
            let expected = try #require(throws: ThreatModelError.self) { try local.answer(query) }
            let server = try WireServer(local)
            #expect(throws: expected) { try RemoteService(server.url).answer(query) }
            guard case .refused(.invalid(word, _)) = expected else {
                Issue.record("\(expected)")
                continue
            }
        }
    }

    @Test("A budget ends an attack at the same query on either side, before anything is sent")
    func budget() throws {
        let model = try ServedModels.model("classifier").model
        let server = try WireServer(LocalService(model))
        let expected = ThreatModelError.budgetExhausted(asked: 600, left: 599)
        #expect(throws: expected) {
            try Play.predictions(Victim(behind: LocalService(model)), QueryMeter(budget: 599))
        }
        #expect(throws: expected) {
            try Play.predictions(Victim(behind: RemoteService(server.url)), QueryMeter(budget: 599))
        }
        #expect(server.requests.isEmpty)
    }

    @Test("Another model gives other evidence: the comparison can fail")
    func control() throws {
        let model = try ServedModels.model("classifier").model
        let other = Model(untrained: model.architecture, RandomStream(seed: 1))
        let server = try WireServer(LocalService(other))
        let near = try Play.predictions(Victim(behind: LocalService(model)), QueryMeter())
        #expect(try Play.predictions(Victim(behind: RemoteService(server.url)), QueryMeter()) != near)
    }

    @Test("The meter and an account on the other side count the same queries and tokens: those that were used")
    func accounts() throws {
        let served = try ServedModels.model("transformer")
        let account = Account(.init(name: "a", hash: APIKey("k").hash, queries: 1000, tokens: 10_000), at: 0)
        let service = AccountedService(
            LocalService(served.model, tokeniser: served.tokeniser), account: account, clock: { 0 })
        let server = try WireServer(service, tokeniser: served.tokeniser)
        let meter = QueryMeter()
        let access = Completions(to: Victim(behind: RemoteService(server.url)), meter: meter)
        let query = ServedModels.completions[4]
        let texts = try access.complete(query)
        #expect(account.spent.queries == meter.queries && meter.queries == texts.count)
        let read = query.prompts.reduce(0) { $0 + $1.count }
        #expect(account.spent.tokens == texts.reduce(read) { $0 + $1.generated })
        #expect(account.spent.tokens == meter.tokens)
        #expect(meter.tokens < Query.complete(query).cost.tokens)
        let error = #expect(throws: ThreatModelError.self) { for _ in 0..<3 { _ = try access.complete(query) } }
        guard case .refused(.overBudget) = error else { throw ThreatModelError.mismatch("no refusal") }
    }
}
