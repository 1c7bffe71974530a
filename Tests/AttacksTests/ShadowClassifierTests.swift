import Autograd
import Models
import Synchronization
import Tensors
import Testing
import ThreatModel
import Training

@testable import Attacks

/// A network without hidden layers whose logit difference is `weights`·x.
func linearClassifier(_ weights: [[Float]]) -> Model {
    let network = Classifier(inputs: weights[0].count, hidden: [], classes: weights.count)
    var model = Model(untrained: .classifier(network), RandomStream(seed: 1))
    model.parameters["body.0.weight"] = Tensor(weights.flatMap(\.self), shape: [weights.count, weights[0].count])
    return model
}

/// Notes what an attack asks to be trained, and trains it.
final class TrainingLog: Sendable {
    private let kept = Mutex<[(name: String, recipe: Recipe, records: Records)]>([])
    var entries: [(name: String, recipe: Recipe, records: Records)] { kept.withLock { $0 } }

    var trainer: SurrogateTrainer {
        SurrogateTrainer { [self] name, recipe, records in
            kept.withLock { $0.append((name, recipe, records)) }
            return try recipe.train(on: records, random: RandomStream(seed: 9)[name]).model
        }
    }
}

@Suite struct ShadowClassifierTests {
    @Test("Each record is judged by the network of its own class, at its own place")
    func perClass() throws {
        let networks: [Int32: Model] = [
            0: linearClassifier([[0, 0], [1, 0]]), 4: linearClassifier([[0, 1], [0, 0]]),
        ]
        let features = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])
        let scores = try ShadowClassifier.scores(features: features, labels: [4, 0, 4], networks: networks)
        #expect(scores == [-2, 3, -6])
        #expect(throws: ThreatModelError.mismatch("no attack network for class 1")) {
            try ShadowClassifier.scores(features: features, labels: [4, 1, 4], networks: networks)
        }
        #expect(throws: ThreatModelError.self) {
            try ShadowClassifier.scores(
                features: features, labels: [0, 0, 0], networks: [0: linearClassifier([[0, 0, 0], [1, 0, 0]])])
        }
    }

    @Test("Sorted features are the same probabilities in falling order")
    func features() {
        let probabilities = Tensor([0.2, 0.7, 0.1, 0.3, 0.3, 0.4], shape: [2, 3])
        #expect(ShadowClassifier.features(probabilities, sorted: false) == probabilities)
        #expect(
            ShadowClassifier.features(probabilities, sorted: true).values == [0.7, 0.2, 0.1, 0.4, 0.3, 0.3])
    }

    @Test("One network per class is trained, on every shadow's answers to the class's records, with who saw them")
    func trainings() throws {
        let arena = try Arena.classifier()
        let log = TrainingLog()
        var knowledge = try arena.knowledge(nil)
        knowledge.trainer = log.trainer
        let attack = ShadowClassifier(network: AttackNetwork(hidden: [3], epochs: 1))
        let victim = Scores(to: Victim(arena.victim), meter: QueryMeter())
        _ = try attack.run(against: victim, knowing: knowledge, random: RandomStream(seed: 1))
        #expect(log.entries.map(\.name) == (0..<6).map { "class-\($0)" })
        let labels = try #require(arena.candidates.labels)
        let answers = try #require(knowledge.shadowAnswers)
        for (label, entry) in log.entries.enumerated() {
            #expect(entry.recipe == attack.network.recipe(inputs: 6))
            var expected: [[Float]] = []
            for (probabilities, membership) in zip(answers.probabilities, answers.membership) {
                for record in labels.indices where labels[record] == label {
                    expected.append(probabilities.row(record) + [membership[record] ? 1 : 0])
                }
            }
            let features = entry.records.requiredFeatures
            let found = try #require(entry.records.labels).enumerated().map { features.row($0) + [Float($1)] }
            #expect(sorted(found) == sorted(expected))
        }
    }

    private func sorted(_ rows: [[Float]]) -> [[Float]] { rows.sorted { $0.lexicographicallyPrecedes($1) } }

    @Test("Without the shadows' answers, or with those of other classes, the attack is refused before it trains")
    func refused() throws {
        let arena = try Arena.classifier()
        let log = TrainingLog()
        let victim = Scores(to: Victim(arena.victim), meter: QueryMeter())
        var knowledge = try arena.knowledge(nil)
        knowledge.trainer = log.trainer
        let plays: [(id: String, play: (Knowledge) throws -> MembershipScores)] = [
            ("shokri", { try ShadowClassifier().run(against: victim, knowing: $0, random: RandomStream(seed: 1)) }),
            ("ml-leaks-1", { try MLLeaks1().run(against: victim, knowing: $0, random: RandomStream(seed: 1)) }),
        ]
        for (id, play) in plays {
            knowledge.shadowAnswers = nil
            #expect(throws: ThreatModelError.missingKnowledge("a shadow pool's answers", attack: id)) {
                try play(knowledge)
            }
            knowledge.shadowAnswers = try ShadowAnswers(
                probabilities: [.zeros([Arena.candidateCount, 5])],
                membership: [[Bool](repeating: true, count: Arena.candidateCount)])
            #expect(throws: ThreatModelError.self) { try play(knowledge) }
        }
        #expect(log.entries.isEmpty)
    }

    @Test("Settings are read by key")
    func settings() throws {
        var settings = AttackSettings([
            "sorted": .flag(true), "hidden": .numbers([8, 4]), "epochs": .number(3), "batch": .number(16),
            "rate": .number(0.25),
        ])
        let attack = try ShadowClassifier(&settings)
        try settings.finish("shokri")
        #expect(attack.sorted)
        #expect(attack.network == AttackNetwork(hidden: [8, 4], epochs: 3, batchSize: 16, rate: 0.25))
        var none = AttackSettings()
        #expect(try ShadowClassifier(&none).network == AttackNetwork())
    }
}
