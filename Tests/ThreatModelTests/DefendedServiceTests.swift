import Models
import Tensors
import TestSupport
import Testing
import ThreatModel

@Suite struct DefendedServiceTests {
    private static let texts = Answer.completions([
        Completion(
            prompt: 0, tokens: [2], text: "b",
            places: [TokenPlace(logProbability: -0.1234567, top: [RankedToken(token: 2, logProbability: -0.1234567)])],
            generated: 1)
    ])
    private static let oracle: Oracle = {
        let vectors = Answer.vectors(Tensor([0.1234567, -3.7654321], shape: [1, 2]))
        let probabilities = Tensor([0.1234567, 0.8765433], shape: [1, 2])
        return Oracle(
            answers: [
                .classify: .classes(ClassAnswers(labels: [1], probabilities: probabilities)), .encode: vectors,
                .decode: vectors, .sample: vectors, .discriminate: vectors, .logits: vectors, .complete: texts,
            ])
    }()

    private static func query(_ operation: Operation) -> Query {
        let rows = Tensor([0.5, 0.25], shape: [1, 2])
        return switch operation {
        case .classify: .classify(rows)
        case .encode: .encode(rows)
        case .decode: .decode(rows)
        case .sample: .sample(count: 1, stream: RandomStream(seed: 1))
        case .discriminate: .discriminate(rows)
        case .complete: .complete(CompletionQuery(prompts: [[1]], maxTokens: 1))
        case .logits: .logits([[1]])
        }
    }

    private static func setting(_ card: DefenceCard) -> NamedValues {
        let chosen = ["noise": [0.1], "reverse-sigmoid": [0.7, 0.2], "temperature": [2]]
        return NamedValues(card.id, chosen[card.id] ?? card.values.map { $0.fallback ?? 1 })
    }

    @Test("A defence is the identity on every operation that its card does not name", arguments: DefenceSpec.cards)
    func identity(card: DefenceCard) throws {
        let service = try DefendedService(Self.oracle, [DefenceSpec(Self.setting(card))], Oracle.material)
        for operation in Operation.allCases where !card.hides.contains(operation) {
            let (open, told) = try (
                Self.oracle.answer(Self.query(operation)), service.answer(Self.query(operation))
            )
            // What prepares a query only leaves an answer that is known beforehand as it is.
            let onlyPrepares =
                ["no-logit-bias", "ngram-filter"].contains(card.id)
                || (card.id == "temperature" && operation == .complete)
                || (card.id == "top-k" && operation == .complete)
            #expect((told == open) == (onlyPrepares || !card.touches.contains(operation)), "\(operation)")
        }
        for operation in card.hides {
            #expect(throws: ThreatModelError.self) { try service.answer(Self.query(operation)) }
            #expect(!(try service.card().operations.contains(operation)))
        }
    }

    @Test("Answers go through the defences in their order")
    func order() throws {
        let row = Tensor([0.84, 0.16], shape: [1, 2])
        let flattened = try Oracle.Echo().defended("temperature=2", "rounding=1").classes(row)
        #expect(flattened.probabilities?.values == [0.7, 0.3])
        let rounded = try Oracle.Echo().defended("rounding=1", "temperature=2").classes(row)
        expectClose(try #require(rounded.probabilities), [2.0 / 3, 1.0 / 3])
    }

    @Test("Without a defence a service is itself")
    func none() throws {
        let service = DefendedService(Self.oracle, [])
        #expect(try service.card() == Self.oracle.card())
        for operation in Operation.allCases {
            #expect(try service.answer(Self.query(operation)) == Self.oracle.answer(Self.query(operation)))
        }
    }

    @Test("The cards say what a defence is set by, and each name is there once")
    func cards() {
        #expect(Set(DefenceSpec.cards.map(\.id)).count == 9)
        for card in DefenceSpec.cards {
            #expect(!card.touches.isEmpty && Set(card.touches).isDisjoint(with: card.hides))
            #expect(!card.summary.isEmpty && !card.paper.isEmpty && !card.leaves.isEmpty)
        }
    }

    @Test("An attack's accesses see what the defences leave: one-hot labels, noisy labels, and no logits")
    func accesses() throws {
        let network = Classifier(inputs: 4, hidden: [3], classes: 3)
        let model = LocalService(Model(untrained: .classifier(network), RandomStream(seed: 2)))
        let records = Records(features: RandomStream(seed: 3).uniformTensor([50, 4]))
        func victim(_ defences: String...) throws -> Victim {
            Victim(
                behind: try DefendedService(model, defences.map { try DefenceSpec($0) }, Oracle.material))
        }
        let open = try LabelsOnly(to: victim(), meter: QueryMeter()).labels(records)
        let told = try Predictions(to: victim("labels-only"), meter: QueryMeter()).probabilities(records)
        #expect(told == .oneHot(open, classes: 3))
        #expect(try LabelsOnly(to: victim("rounding=0", "top-k=1"), meter: QueryMeter()).labels(records) == open)
        #expect(try LabelsOnly(to: victim("noise=0.5"), meter: QueryMeter()).labels(records) != open)
        let hidden = Victim(behind: try languageModel().defended("top-k=5"))
        #expect(throws: ThreatModelError.unsupported("logits of tokens", family: "transformer")) {
            try Logits(to: hidden, meter: QueryMeter()).logits([[1]])
        }
    }
}
