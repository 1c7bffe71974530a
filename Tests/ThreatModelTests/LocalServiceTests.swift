import Models
import Tensors
import Testing

@testable import ThreatModel

@Suite struct LocalServiceTests {
    private func service(_ architecture: Architecture) -> LocalService {
        LocalService(Model(untrained: architecture, RandomStream(seed: 2)), id: "m")
    }

    private var classifier: LocalService { service(.classifier(Classifier(inputs: 6, hidden: [5], classes: 3))) }
    private var autoencoder: LocalService {
        service(.autoencoder(Autoencoder(inputs: 6, hidden: [5], latents: 2)))
    }
    private var conditional: LocalService {
        service(.variationalAutoencoder(VariationalAutoencoder(inputs: 6, hidden: [5], latents: 2, classes: 3)))
    }
    private var gan: LocalService {
        service(
            .generativeAdversarialNetwork(
                GenerativeAdversarialNetwork(inputs: 6, generatorHidden: [5], discriminatorHidden: [4], latents: 2)))
    }
    private var transformer: LocalService { service(.transformer(TinyTransformer.network)) }

    private let rows = RandomStream(seed: 1)["rows"].uniformTensor([4, 6])
    private let codes = RandomStream(seed: 1)["codes"].normalTensor([4, 2])

    @Test("What the card lists is answered, and all else is unsupported")
    func operations() throws {
        let queries: [Query] = [
            .classify(rows), .decode(codes),
            .sample(count: 2, stream: RandomStream(seed: 1)), .discriminate(rows),
            .complete(CompletionQuery(prompts: [[1]], maxTokens: 1)), .logits([[1]]),
        ]
        for service in [classifier, autoencoder, conditional, gan, transformer] {
            let card = service.card()
            #expect(card.id == "m" && !card.operations.isEmpty)
            let encoding = Query.encode(rows, labels: card.classes == nil ? nil : [0, 1, 2, 0])
            for query in queries + [encoding] {
                if card.operations.contains(query.operation) {
                    _ = try service.answer(query)
                    continue
                }
                let error = #expect(throws: ThreatModelError.self) { try service.answer(query) }
                // Rows of a model that reads none are of a wrong width before they are unsupported.
                if case .unsupported(_, card.family) = error { continue }
                Issue.record("\(card.family), \(query.operation): \(String(describing: error))")
            }
        }
    }

    @Test("Answers have a row per record, of the width that the card tells")
    func shapes() throws {
        guard case .classes(let classes) = try classifier.answer(.classify(rows)) else {
            throw ThreatModelError.mismatch("no classes")
        }
        #expect(classes.labels.count == 4 && classes.probabilities?.shape == [4, 3])
        #expect(try autoencoder.answer(.encode(rows)).shape == [4, 2])
        #expect(try autoencoder.answer(.decode(codes)).shape == [4, 6])
        #expect(try gan.answer(.sample(count: 5, stream: RandomStream(seed: 1))).shape == [5, 6])
        #expect(try gan.answer(.discriminate(rows)).shape == [4, 1])
        #expect(try transformer.answer(.logits([[1, 2], [3, 4]])).shape == [2, TinyTransformer.vocabulary])
    }

    @Test("Rows, codes and contexts of another width than the card's are refused")
    func widths() {
        let wrong = Tensor.zeros([2, 7])
        for (service, query) in [
            (classifier, Query.classify(wrong)), (autoencoder, .encode(wrong)), (autoencoder, .decode(wrong)),
            (gan, .discriminate(wrong)), (gan, .decode(wrong)),
            (gan, .sample(count: -1, stream: RandomStream(seed: 1))),
            (conditional, .encode(rows)), (conditional, .encode(rows, labels: [0])),
            (conditional, .encode(rows, labels: [0, 1, 2, 3])), (autoencoder, .encode(rows, labels: [0, 1, 2, 0])),
            (transformer, .logits([])),
            (transformer, .logits([[1], [1, 2]])), (transformer, .logits([[]])),
            (transformer, .logits([Array(repeating: 1, count: TinyTransformer.context + 1)])),
        ] {
            let error = #expect(throws: ThreatModelError.self, "\(query)") { try service.answer(query) }
            #expect(error?.description.contains("\n") == false)
        }
    }

    @Test("The meter of an access counts queries, and the tokens that are read and at most written")
    func meter() throws {
        let meter = QueryMeter()
        let victim = Victim(behind: transformer)
        var query = CompletionQuery(prompts: [[1, 2, 3], [4]], maxTokens: 2)
        query.choices = 3
        _ = try Completions(to: victim, meter: meter).complete(query)
        #expect(meter.queries == 6 && meter.tokens == 4 + 6 * 2)
        _ = try Logits(to: victim, meter: meter).logits([[1, 2, 3], [4, 5, 6]])
        #expect(meter.queries == 8 && meter.tokens == 16 + 6)
        _ = try Continuations(to: victim, meter: meter).greedy([[1, 2]], by: 3)
        #expect(meter.queries == 9 && meter.tokens == 22 + 5)
    }
}

extension Answer {
    /// The shape of rows; `nil` of all else.
    fileprivate var shape: [Int]? {
        if case .vectors(let rows) = self { rows.shape } else { nil }
    }
}
