import Autograd
import Models
import Tensors
import Testing
import ThreatModel
import Training

@testable import Attacks

@Suite struct KnockOffTests {
    private let random = RandomStream(seed: 41)

    private func attack(_ settings: [String: AttackSettings.Value]) throws -> KnockOff {
        var settings = AttackSettings(settings)
        return try KnockOff(&settings, student: TheftArena.student)
    }

    /// The records that the student of the largest budget was trained on.
    private func asked(_ attack: KnockOff, _ victim: Model, _ knowledge: Knowledge) throws -> Records {
        let notes = NotingTrainer()
        var knowledge = knowledge
        knowledge.trainer = notes.trainer(isTraining: false)
        let meter = QueryMeter()
        _ = try attack.run(
            against: Predictions(to: Victim(victim), meter: meter), knowing: knowledge, random: random["attack"])
        let records = try #require(notes.trained.last).records
        #expect(meter.queries == records.count)
        return records
    }

    /// A pool of four classes, told by the first number, of which the victim is sure of the last class only.
    private func constructed() throws -> (victim: Model, pool: Records) {
        let network = Classifier(inputs: 8, hidden: [], classes: 4)
        var victim = Model(untrained: .classifier(network), random)
        for name in victim.parameters.names {
            var tensor = Tensor.zeros(victim.parameters[name].shape)
            // The logit of class 0 is 40·(x₀ − ¾), so classes below the last have none that stands out.
            if tensor.count == 32 { tensor[0] = 40 } else { for k in 1..<4 { tensor[k] = 30 } }
            victim.parameters[name] = tensor
        }
        let labels = (0..<400).map { Int32($0 % 4) }
        var features = random["rest"].uniformTensor([400, 8])
        for row in 0..<400 { features[row * 8] = Float(labels[row]) / 3 }
        return (victim, Records(features: features, labels: labels))
    }

    private func histogram(_ records: Records) -> [Int] {
        (0..<4).map { label in
            (0..<records.count).count { Int((records.requiredFeatures.row($0)[0] * 3).rounded()) == label }
        }
    }

    @Test("The bandit asks most of the class of which the victim is sure; at random all classes are asked alike")
    func histogram() throws {
        let (victim, pool) = try constructed()
        var knowledge = try TheftArena.shared().knowledge()
        knowledge.population = pool
        let settings: [String: AttackSettings.Value] = ["budgets": .number(160), "reward": .word("certainty")]
        let uniform = histogram(try asked(attack(settings), victim, knowledge))
        // 40 expected; five standard deviations without replacement are 22.
        #expect(uniform.allSatisfy { abs($0 - 40) < 22 }, "\(uniform)")
        let adaptive = histogram(
            try asked(attack(settings.merging(["strategy": .word("adaptive")]) { $1 }), victim, knowledge))
        #expect(adaptive[3] > 75 && adaptive[..<3].allSatisfy { $0 < 40 }, "\(adaptive)")
    }

    @Test("Clusters stand in for the classes of a pool without labels, and the bandit adapts to them")
    func clusters() throws {
        let (victim, pool) = try constructed()
        var knowledge = try TheftArena.shared().knowledge()
        // The other numbers are made small, so that clusters follow the first.
        var features = pool.requiredFeatures
        for row in 0..<400 { for column in 1..<8 { features[row * 8 + column] *= 0.05 } }
        knowledge.population = Records(features: features)
        let adaptive = histogram(
            try asked(
                attack([
                    "budgets": .number(160), "strategy": .word("adaptive"), "reward": .word("certainty"),
                    "clusters": .number(4),
                ]), victim, knowledge))
        #expect(adaptive[3] > 75, "\(adaptive)")
    }

    @Test("Each pool is what is asked about, and each answer form what is learned from")
    func pools() throws {
        let arena = try TheftArena.shared()
        func rows(_ records: Records) -> Set<[Float]> {
            Set((0..<records.count).map { records.requiredFeatures.row($0) })
        }
        let own = try asked(attack(["budgets": .number(50)]), arena.victim, arena.knowledge())
        #expect(rows(own).count == 50 && rows(own).isSubset(of: rows(arena.population)))
        let foreign = try asked(
            attack(["budgets": .number(50), "pool": .word("foreign")]), arena.victim, arena.knowledge())
        #expect(rows(foreign).isSubset(of: rows(arena.foreign)))
        for strategy in ["random", "adaptive"] {
            let noise = try asked(
                attack([
                    "budgets": .number(50), "pool": .word("noise"), "answers": .word("labels"),
                    "strategy": .word(strategy), "rounds": .number(2),
                ]), arena.victim, arena.knowledge())
            #expect(rows(noise).count == 50 && rows(noise).isDisjoint(with: rows(arena.population)))
            #expect(noise.targets?.values.allSatisfy { $0 == 0 || $0 == 1 } == true)
        }
        #expect(own.targets?.values.contains { $0 > 0 && $0 < 1 } == true)
    }

    private func agreement(_ settings: [String: AttackSettings.Value], _ knowledge: Knowledge) throws -> Double {
        let arena = try TheftArena.shared()
        let surrogates = try attack(settings.merging(["budgets": .number(200)]) { own, _ in own }).run(
            against: Predictions(to: Victim(arena.victim), meter: QueryMeter()), knowing: knowledge,
            random: random["agreement"])
        return try arena.agreement(surrogates[0].model)
    }

    @Test("Probabilities teach more than labels, and records of the victim's own distribution more than a far corner's")
    func teaching() throws {
        let arena = try TheftArena.shared()
        var knowledge = arena.knowledge()
        knowledge.foreign = Records(features: arena.foreign.requiredFeatures * 0.25)
        let whole = try agreement([:], knowledge)
        let labels = try agreement(["answers": .word("labels")], knowledge)
        let corner = try agreement(["pool": .word("foreign")], knowledge)
        #expect(whole > labels + 0.01 && whole > corner + 0.05, "\(whole), labels \(labels), corner \(corner)")
    }
}
