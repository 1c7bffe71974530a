import Foundation
import Models
import Tensors
import Testing
import ThreatModel
import Training

/// What every theft promises; an attack joins by one line in `TheftCase`.
@Suite struct TheftContractTests {
    @Test("Queries: a theft costs its largest budget, and returns a student per budget", arguments: TheftCase.all)
    func queries(_ theft: TheftCase) throws {
        let arena = try TheftArena.shared()
        let meter = QueryMeter(budget: 200)
        let surrogates = try theft.play(arena.victim, meter, arena.knowledge())
        #expect(meter.queries == 200)
        #expect(surrogates.map(\.budget) == theft.budgets)
        let small = QueryMeter(budget: 199)
        #expect(throws: ThreatModelError.self) { try theft.play(arena.victim, small, arena.knowledge()) }
        #expect(small.queries < 200)
    }

    @Test("Determinism: the same theft makes the same students", arguments: TheftCase.all)
    func deterministic(_ theft: TheftCase) throws {
        let arena = try TheftArena.shared()
        let first = try theft.play(arena.victim, QueryMeter(), arena.knowledge())
        let second = try theft.play(arena.victim, QueryMeter(), arena.knowledge())
        #expect(first.map(\.model) == second.map(\.model))
        #expect(first[0].model != first[2].model)
    }

    @Test("One transfer set: the records of a smaller budget are the first of a larger", arguments: TheftCase.all)
    func nested(_ theft: TheftCase) throws {
        let arena = try TheftArena.shared()
        let notes = NotingTrainer()
        _ = try theft.play(arena.victim, QueryMeter(), arena.knowledge(trainer: notes.trainer()))
        let sets = try theft.budgets.map { budget in
            try #require(notes.trained.first { $0.name == "student-\(budget)" }).records
        }
        let largest = sets[2]
        for set in sets {
            #expect(set.count > 0)
            #expect(largest.requiredFeatures.rows(0..<set.count) == set.requiredFeatures)
            #expect(largest.targets?.rows(0..<set.count) == set.targets)
        }
        let names = notes.trained.map(\.name)
        #expect(Set(names).count == names.count, "two trainings under one name")
    }

    @Test("Growth: agreement grows with the budget, and every student beats an untrained one", arguments: TheftCase.all)
    func growth(_ theft: TheftCase) throws {
        let arena = try TheftArena.shared()
        let agreements = try theft.play(arena.victim, QueryMeter(), arena.knowledge())
            .map { try arena.agreement($0.model) }
        let untrained = try arena.agreement(
            Model(untrained: TheftArena.student.architecture, RandomStream(seed: 4)))
        #expect(agreements[2] > agreements[0] + theft.margin, "\(agreements)")
        #expect(agreements[2] > 0.7 && untrained < 0.5, "\(agreements) against \(untrained)")
        #expect(agreements.allSatisfy { $0 > untrained }, "\(agreements) against \(untrained)")
    }

    @Test("Knowledge: what is missing is asked for by the attack's name, before any query", arguments: TheftCase.all)
    func knowledge(_ theft: TheftCase) throws {
        let arena = try TheftArena.shared()
        var starved = arena.knowledge()
        theft.starve(&starved)
        for knowledge in [arena.knowledge(trainer: nil), starved] {
            let meter = QueryMeter()
            do {
                _ = try theft.play(arena.victim, meter, knowledge)
                Issue.record("\(theft) plays without what it needs")
            } catch ThreatModelError.missingKnowledge(_, let name) {
                #expect(name == theft.card.id)
            }
            #expect(meter.queries == 0)
        }
    }

    @Test("Misfits: a pool that is too small or too wide, and a victim of another family or width, cost no query")
    func misfits() throws {
        let arena = try TheftArena.shared()
        let autoencoder = Model(
            untrained: .autoencoder(Autoencoder(inputs: 8, hidden: [], latents: 2)), RandomStream(seed: 1))
        let fiveClasses = Model(
            untrained: .classifier(Classifier(inputs: 8, hidden: [], classes: 5)), RandomStream(seed: 1))
        for theft in TheftCase.all {
            var small = arena.knowledge()
            (small.population, small.foreign) = (arena.population.slice(0..<3), arena.foreign.slice(0..<3))
            var wide = arena.knowledge()
            wide.population = Records(features: .zeros([500, 9]))
            wide.foreign = wide.population
            let meter = QueryMeter()
            for knowledge in [small, wide] {
                let error = #expect(throws: ThreatModelError.self, "\(theft)") {
                    try theft.play(arena.victim, meter, knowledge)
                }
                #expect(error?.description.hasPrefix("\(theft.card.id): expected") == true)
            }
            for victim in [autoencoder, fiveClasses] {
                #expect(throws: ThreatModelError.self, "\(theft)") {
                    try theft.play(victim, meter, arena.knowledge())
                }
            }
            #expect(meter.queries == 0)
        }
    }

    @Test(
        "Settings: defaults resolve to what reads back the same, and an unknown key is refused",
        arguments: TheftCase.all)
    func settings(_ theft: TheftCase) throws {
        let resolved = try theft.read(AttackSettings()).resolved
        let first: Double = theft.type == "JacobianAugmentation" ? 300 : 100
        #expect(resolved["budgets"] == .numbers([first, 1000]))
        let written = try JSONEncoder().encode(AttackSettings(resolved))
        let again = try JSONDecoder().decode(AttackSettings.self, from: written)
        #expect(try theft.read(again).resolved == resolved)
        #expect(throws: AttackSettingsError.self) { try theft.read(AttackSettings(["budget": .number(5)])) }
        #expect(throws: AttackSettingsError.self) { try theft.read(AttackSettings(["budgets": .number(0)])) }
    }

    @Test("Cards: identifiers differ, families are classifiers, and every field that a reader needs is filled")
    func cards() {
        for theft in TheftCase.all {
            let card = theft.card
            let fields = [card.id, card.summary, card.paper, card.access, card.knowledge, card.queries, card.trainings]
            #expect(!fields.contains(""), "\(card.id)")
            #expect(TheftCase.all.allSatisfy { ($0.card.id == card.id) == ($0.type == theft.type) })
            #expect(ContractCase.all.allSatisfy { $0.card.id != card.id })
        }
    }
}
