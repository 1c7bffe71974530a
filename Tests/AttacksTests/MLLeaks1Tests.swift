import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct MLLeaks1Tests {
    @Test("The network reads the largest probabilities in falling order, all of them where there are fewer")
    func features() {
        let probabilities = Tensor([0.1, 0.4, 0.2, 0.3, 0.25, 0.25, 0.5, 0], shape: [2, 4])
        let three = MLLeaks1.features(probabilities, top: 3)
        #expect(three.shape == [2, 3])
        #expect(three.values == [0.4, 0.3, 0.2, 0.5, 0.25, 0.25])
        #expect(MLLeaks1.features(probabilities, top: 9).shape == [2, 4])
    }

    @Test("One network learns from the chosen shadow alone")
    func trainings() throws {
        let arena = try Arena.classifier()
        let log = TrainingLog()
        var knowledge = try arena.knowledge(nil)
        knowledge.trainer = log.trainer
        let victim = Scores(to: Victim(arena.victim), meter: QueryMeter())
        let attack = MLLeaks1(shadow: 2, network: AttackNetwork(hidden: [3], epochs: 1))
        _ = try attack.run(against: victim, knowing: knowledge, random: RandomStream(seed: 1))
        #expect(log.entries.map(\.name) == ["attack"])
        let records = log.entries[0].records
        #expect(records.requiredFeatures.shape == [Arena.candidateCount, 3])
        #expect(records.labels?.count { $0 == 1 } == arena.membership[2].count { $0 })
        let shadow = try #require(knowledge.shadowAnswers).probabilities[2]
        let largest = (0..<Arena.candidateCount).map { shadow.row($0).max() ?? 0 }
        let found = (0..<Arena.candidateCount).map { records.requiredFeatures[3 * $0] }
        #expect(found.sorted() == largest.sorted())
        #expect(throws: ThreatModelError.mismatch("shadow 8 of a pool of 8; they are numbered from 0")) {
            try MLLeaks1(shadow: 8).run(against: victim, knowing: knowledge, random: RandomStream(seed: 1))
        }
    }
}
