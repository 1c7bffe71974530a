import Accounting
import Autograd
import Foundation
import Mechanisms
import Models
import Synchronization
import Tensors
import Testing
import Training

@Suite("PATE")
struct PATETests {
    private let random = RandomStream(seed: 14)
    private let recipe = Recipe(
        .classifier(Classifier(inputs: 2, hidden: [], classes: 3)), epochs: 40, batchSize: 10,
        optimiser: .adam(rate: 0.05))

    /// Points about the corners of a triangle, in the order of their classes.
    private func points(_ count: Int, _ random: RandomStream) -> Records {
        var features = random.normalTensor([count, 2], deviation: 0.3)
        let labels = (0..<count).map { Int32($0 % 3) }
        for (index, label) in labels.enumerated() {
            features[2 * index] += [0, 2, 0][Int(label)]
            features[2 * index + 1] += [0, 0, 2][Int(label)]
        }
        return Records(features: features, labels: labels)
    }

    private func ensemble(
        _ records: Records, _ queries: Records, observer: TrainingObserver = TrainingObserver(),
        _ seen: @escaping (Model) -> Double = { _ in 0 }
    ) throws -> TeacherEnsemble {
        try TeacherEnsemble(
            recipe, on: records, teachers: 9, queries: queries, random: random["pate"], observer: observer,
            quality: seen)
    }

    @Test("Shards are disjoint, hold every record once, and differ in size by one at most")
    func shards() {
        for (count, teachers) in [(100, 7), (9, 9), (10, 1)] {
            let shards = TeacherEnsemble.shards(of: count, teachers: teachers, random)
            #expect(shards.count == teachers && shards.flatMap(\.self).sorted() == Array(0..<count))
            #expect((shards.map(\.count).max() ?? 0) - (shards.map(\.count).min() ?? 0) <= 1)
        }
        #expect(TeacherEnsemble.shards(of: 100, teachers: 7, random)[0] != Array(0..<14))
    }

    @Test("Replacing one record changes one teacher, the others to the last bit not", arguments: [0, 17, 89])
    func sensitivity(replaced: Int) throws {
        func models(_ records: Records) throws -> [Tensor] {
            let seen = Mutex<[Tensor]>([])
            _ = try ensemble(records, points(3, random["queries"])) { model in
                seen.withLock { $0.append(model.parameters[model.parameters.names[0]]) }
                return 0
            }
            return seen.withLock { $0 }
        }
        let records = points(90, random["records"])
        var features = records.requiredFeatures
        features[2 * replaced] = 7
        let neighbour = Records(features: features, labels: records.labels)
        let changed = zip(try models(records), try models(neighbour)).count { $0 != $1 }
        #expect(changed == 1)
    }

    @Test("Teachers who agree answer right, and a student of their answers learns the task")
    func student() throws {
        let (records, queries) = (points(180, random["records"]), points(60, random["queries"]))
        let ensemble = try ensemble(records, queries)
        let answers = try ensemble.answers(by: NoisyMaximum(sigma: 1)) { .seeded(random["noise"][$0]) }
        #expect(answers.asked == 60 && answers.queries == Array(0..<60))
        let right = zip(answers.labels, queries.labels ?? []).count { $0 == $1 }
        #expect(right > 55)
        let deaf = try ensemble.answers(by: NoisyMaximum(sigma: 1000)) { .seeded(random["noise"][$0]) }
        #expect(zip(deaf.labels, queries.labels ?? []).count { $0 == $1 } < 40, "noise beyond all votes must be seen")
        let trained = try recipe.train(on: answers.student(of: queries), random: random["student"])
        let held = points(90, random["held"])
        let predicted = evaluate(trained.model.parameters, on: held) { bound, batch in
            guard case .classifier(let network) = recipe.architecture else { return bound.tape.constant(.zeros([1])) }
            return network.logits(bound.tape.constant(batch.requiredFeatures), bound)
        }.rowArgmax()
        #expect(zip(predicted, held.labels ?? []).count { $0 == $1 } > 80)
        #expect(try answers.sensitive.epsilon(delta: 1e-5).epsilon > 0)
    }

    @Test("Every question and every answer is paid for, and after the last answer no more is asked")
    func ledger() throws {
        let ensemble = try ensemble(points(90, random["records"]), points(40, random["queries"]))
        let aggregation = NoisyMaximum(sigma: 2, threshold: .init(votes: 9, sigma: 3))
        func answers(_ most: Int) throws -> NoisyLabels {
            try ensemble.answers(by: aggregation, atMost: most) { .seeded(random["noise"][$0]) }
        }
        let all = try answers(40)
        #expect(all.asked == 40 && all.labels.count > 5 && all.labels.count < 35)
        #expect(
            try all.ledger
                == PrivacyLedger(
                    .composed([
                        .gaussian(noiseMultiplier: 3), .repeated(aggregation.answerEvent, count: all.labels.count),
                        .repeated(.gaussian(noiseMultiplier: 3), count: 39),
                    ])))
        let few = try answers(5)
        #expect(few.labels == Array(all.labels.prefix(5)) && few.queries == Array(all.queries.prefix(5)))
        #expect(few.asked == all.queries[4] + 1)
    }

    @Test("Teachers that were done before an interruption are not trained again, and the answers are the same")
    func resumption() throws {
        let (records, queries) = (points(90, random["records"]), points(30, random["queries"]))
        let saved = Mutex<[Data]>([])
        let whole = try ensemble(
            records, queries,
            observer: TrainingObserver(save: { data in saved.withLock { $0.append(data) } }, interval: .seconds(-1))
        ) { Double($0.parameters.norm) }
        let trained = Mutex(0)
        let checkpoint = saved.withLock { $0[4] }
        let resumed = try ensemble(records, queries, observer: TrainingObserver(restore: { checkpoint })) { model in
            trained.withLock { $0 += 1 }
            return model.parameters.norm
        }
        #expect(saved.withLock { $0.count } == 8 && trained.withLock { $0 } == 4)
        #expect(resumed.quality == whole.quality)
        func labels(_ ensemble: TeacherEnsemble) throws -> [Int32] {
            try ensemble.answers(by: NoisyMaximum(sigma: 3)) { .seeded(random["noise"][$0]) }.labels
        }
        #expect(try labels(resumed) == labels(whole))
    }
}
