import Models
import Tensors
import Testing
import ThreatModel

@testable import Client
@testable import ThreatModel

/// What an attack gathers through an access, whatever stands behind it.
private struct Evidence: Equatable {
    var tensors: [Tensor] = []
    var numbers: [Int32] = []
    var completions: [Completion] = []
    var queries = 0
    var tokens = 0
}

/// Attacks in miniature: each asks through one access, adaptively where that is possible.
private enum Play {
    typealias Attack = @Sendable (Victim, QueryMeter) throws -> Evidence

    static let random = RandomStream(seed: 11)

    static let labels: Attack = { victim, meter in
        let access = LabelsOnly(to: victim, meter: meter)
        var evidence = Evidence(numbers: try access.labels(Records(features: ServedModels.rows)))
        // What is asked next depends on what was answered.
        let kept = evidence.numbers.indices.filter { evidence.numbers[$0] == evidence.numbers[0] }
        evidence.numbers += try access.labels(Records(features: ServedModels.rows.gatherRows(kept) * 0.5))
        evidence.numbers.append(Int32(try access.classes))
        return evidence
    }
    static let predictions: Attack = { victim, meter in
        let access = Predictions(to: victim, meter: meter)
        let first = try access.probabilities(Records(features: ServedModels.rows))
        let next = ServedModels.rows * first.rows(0..<1)[0]
        return Evidence(tensors: [first, try access.probabilities(Records(features: next))])
    }
    static let codes: Attack = { victim, meter in
        Evidence(tensors: [try Codes(to: victim, meter: meter).codes(Records(features: ServedModels.rows))])
    }
    static let samples: Attack = { victim, meter in
        let access = SamplesOnly(to: victim, meter: meter)
        var evidence = Evidence(tensors: [try access.samples(300, random["all"])])
        for label in 0..<Int32(try access.classes) {
            evidence.tensors.append(try access.samples(5, of: label, random[Int(label)]))
        }
        return evidence
    }
    static let latents: Attack = { victim, meter in
        let access = LatentQueries(to: victim, meter: meter)
        let codes = random["codes"].normalTensor([300, try access.latents])
        let images = try access.images(of: codes)
        return Evidence(tensors: [images, try access.images(of: codes * images[0])])
    }
    static let continuations: Attack = { victim, meter in
        let access = Continuations(to: victim, meter: meter)
        let prompts = ServedModels.contexts(150, length: 4)
        let greedy = try access.greedy(prompts, by: 3)
        let sampled = try access.sampled(
            zip(prompts, greedy).map { $0 + $1 }, by: 4, SamplingRule(temperature: 0.8), random["texts"])
        return Evidence(numbers: (greedy + sampled).flatMap(\.self))
    }
    static let completions: Attack = { victim, meter in
        let access = Completions(to: victim, meter: meter)
        var query = CompletionQuery(
            prompts: ServedModels.contexts(70, length: 3), maxTokens: 1, stream: random["bias"])
        query.logProbabilities = 5
        var evidence = Evidence(completions: try access.complete(query))
        // The likeliest token is hidden, so that the next come to light: the extraction of logits by bias.
        let top = evidence.completions[0].places?[0].top.map(\.token) ?? []
        query.bias = Dictionary(uniqueKeysWithValues: top.map { ($0, -100) })
        evidence.completions += try access.complete(query)
        evidence.numbers = [Int32(try access.card.vocabulary ?? 0), Int32(try access.card.context ?? 0)]
        return evidence
    }
    static let logits: Attack = { victim, meter in
        let access = Logits(to: victim, meter: meter)
        return Evidence(tensors: [try access.logits(ServedModels.contexts(150, length: 6))])
    }
}

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
    @Test("Codes", arguments: ["autoencoder", "variational"]) func codes(name: String) throws {
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
