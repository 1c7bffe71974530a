import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct MLLeaks2Tests {
    @Test("A shadow of the victim's recipe sees half of the foreign records, and the network learns from both halves")
    func trainings() throws {
        let arena = try Arena.classifier()
        let log = TrainingLog()
        var knowledge = try arena.knowledge(nil)
        (knowledge.trainer, knowledge.shadowAnswers) = (log.trainer, nil)
        let victim = Scores(to: Victim(arena.victim), meter: QueryMeter())
        let attack = MLLeaks2(network: AttackNetwork(hidden: [3], epochs: 1))
        _ = try attack.run(against: victim, knowing: knowledge, random: RandomStream(seed: 1))
        #expect(log.entries.map(\.name) == ["shadow", "attack"])
        #expect(log.entries[0].recipe == Arena.classifierRecipe)
        func rows(_ records: Records) -> Set<[Float]> {
            Set((0..<records.count).map { records.requiredFeatures.row($0) })
        }
        let half = rows(log.entries[0].records)
        #expect(half.count == 100 && half.isSubset(of: rows(Arena.foreignRecords)))
        #expect(log.entries[1].records.labels?.count { $0 == 1 } == 100)
        #expect(log.entries[1].records.count == 200)
    }

    @Test("A data set of another width or other classes, or without labels, is refused")
    func refused() {
        let features = Tensor.zeros([6, 64])
        func check(_ foreign: Records) throws(ThreatModelError) { try MLLeaks2.check(Arena.classifierRecipe, foreign) }
        #expect(throws: Never.self) { try check(Records(features: features, labels: [0, 1, 2, 3, 4, 5])) }
        #expect(throws: ThreatModelError.self) { try check(Records(features: features, labels: [0, 1, 2, 3, 4, 6])) }
        #expect(throws: ThreatModelError.self) { try check(Records(features: features, labels: [0, 1, 2, 3, 4, 4])) }
        #expect(throws: ThreatModelError.self) {
            try check(Records(features: .zeros([6, 63]), labels: [0, 1, 2, 3, 4, 5]))
        }
        #expect(throws: ThreatModelError.missingKnowledge("foreign vectors with labels", attack: "ml-leaks-2")) {
            try check(Records(features: features))
        }
        #expect(throws: ThreatModelError.unsupported("class probabilities", family: "autoencoder")) {
            try MLLeaks2.check(Arena.autoencoderRecipe, Records(features: features, labels: [0, 1, 2, 3, 4, 5]))
        }
    }

    @Test("Without recipe or foreign records the attack names what it lacks")
    func missing() throws {
        let arena = try Arena.classifier()
        let victim = Scores(to: Victim(arena.victim), meter: QueryMeter())
        var knowledge = try arena.knowledge(nil)
        knowledge.foreign = nil
        #expect(throws: ThreatModelError.missingKnowledge("foreign records", attack: "ml-leaks-2")) {
            try MLLeaks2().run(against: victim, knowing: knowledge, random: RandomStream(seed: 1))
        }
        knowledge.recipe = nil
        #expect(throws: ThreatModelError.missingKnowledge("the victim's recipe", attack: "ml-leaks-2")) {
            try MLLeaks2().run(against: victim, knowing: knowledge, random: RandomStream(seed: 1))
        }
    }
}
