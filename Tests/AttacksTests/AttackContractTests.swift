import Foundation
import Models
import Statistics
import Tensors
import Testing
import ThreatModel

@testable import Attacks

/// What every attack promises; an attack joins by one line in `ContractCase`.
@Suite struct AttackContractTests {
    private let confidence = 0.999

    private func roc(_ scores: [Double], _ truth: [Bool]) throws -> ROC { try ROC(scores: scores, isMember: truth) }

    @Test(
        "Null: on a victim that was trained on nothing, the 99.9 % interval holds one half",
        arguments: ContractCase.scorers)
    func null(_ attack: ContractCase) throws {
        let arena = try attack.arena()
        let scores = try attack.play(arena.untrained, QueryMeter(), arena.knowledge(attack.signal))
        #expect(scores.count == Arena.candidateCount)
        let auc = try roc(scores, arena.truth).aucEstimate(confidence: confidence)
        #expect(auc.interval.contains(0.5), "\(auc.value) in \(auc.interval.lower)…\(auc.interval.upper)")
    }

    @Test(
        "Orientation: on an overfitted victim, the 99.9 % interval lies above one half", arguments: ContractCase.scorers
    )
    func orientation(_ attack: ContractCase) throws {
        let arena = try attack.arena()
        let scores = try attack.play(arena.victim, QueryMeter(), arena.knowledge(attack.signal))
        let auc = try roc(scores, arena.truth).aucEstimate(confidence: confidence)
        #expect(auc.interval.lower > 0.5, "\(auc.value) in \(auc.interval.lower)…\(auc.interval.upper)")
    }

    @Test("Complement: the complemented truth gives exactly one minus the area", arguments: ContractCase.scorers)
    func complement(_ attack: ContractCase) throws {
        let arena = try attack.arena()
        let scores = try attack.play(arena.victim, QueryMeter(), arena.knowledge(attack.signal))
        let auc = try roc(scores, arena.truth).auc
        let pairs = Double(arena.truth.count { $0 }) * Double(arena.truth.count { !$0 })
        // Counted in half pairs, both are whole numbers.
        let complement = try roc(scores, arena.truth.map { !$0 }).auc
        #expect((2 * pairs * complement).rounded() == (2 * pairs).rounded() - (2 * pairs * auc).rounded())
    }

    @Test("Determinism: the same game gives the same evidence, whatever else was played", arguments: ContractCase.all)
    func deterministic(_ attack: ContractCase) throws {
        let (arena, knowledge) = try (attack.arena(), attack.declaredKnowledge())
        let first = try attack.play(arena.victim, QueryMeter(), knowledge)
        _ = try attack.play(arena.untrained, QueryMeter(), knowledge)
        #expect(!first.isEmpty && first.allSatisfy { $0.isFinite })
        #expect(try attack.play(arena.victim, QueryMeter(), knowledge) == first)
    }

    @Test(
        "Permutation: candidates in another order get the same scores in that order (10⁻⁹)",
        arguments: ContractCase.scorers)
    func permutation(_ attack: ContractCase) throws {
        let arena = try attack.arena()
        let knowledge = try arena.knowledge(attack.signal)
        let order = RandomStream(seed: 13).permutation(Arena.candidateCount)
        var permuted = knowledge
        permuted.candidates = knowledge.candidates.gather(order)
        permuted.shadows = try knowledge.shadows.map { view in
            try ShadowView(
                signals: view.signals.map { row in order.map { row[$0] } },
                membership: view.membership.map { row in order.map { row[$0] } }, population: view.population)
        }
        permuted.shadowAnswers = try knowledge.shadowAnswers.map { answers in
            try ShadowAnswers(
                probabilities: answers.probabilities.map { $0.gatherRows(order) },
                membership: answers.membership.map { row in order.map { row[$0] } })
        }
        let scores = try attack.play(arena.victim, QueryMeter(), knowledge)
        let moved = try attack.play(arena.victim, QueryMeter(), permuted)
        #expect(largestError(moved, order.map { scores[$0] }) < 1e-9)
    }

    @Test("Queries: a game costs what the card says", arguments: ContractCase.all)
    func queries(_ attack: ContractCase) throws {
        let meter = QueryMeter()
        _ = try attack.play(attack.arena().victim, meter, attack.declaredKnowledge())
        #expect(meter.queries == attack.queries)
        if let each = attack.card.queriesPerCandidate { #expect(meter.queries == each * Arena.candidateCount) }
    }

    @Test("Budget: one query too few is refused, and the budget is never exceeded", arguments: ContractCase.all)
    func budget(_ attack: ContractCase) throws {
        let (arena, knowledge) = try (attack.arena(), attack.declaredKnowledge())
        let meter = QueryMeter(budget: attack.queries - 1)
        do {
            _ = try attack.play(arena.victim, meter, knowledge)
            Issue.record("\(attack) asked \(meter.queries) of \(attack.queries) queries")
        } catch ThreatModelError.budgetExhausted(let asked, let left) {
            #expect(asked > left)
        }
        #expect(meter.queries < attack.queries)
        _ = try attack.play(arena.victim, QueryMeter(budget: attack.queries), knowledge)
    }

    @Test("Knowledge: what the card does not name is not needed, and what it names is asked for by its name")
    func knowledge() throws {
        for attack in ContractCase.all {
            let (arena, declared) = try (attack.arena(), attack.declaredKnowledge())
            var lacking: [Knowledge] = []
            if attack.needsShadows {
                lacking.append(declared)
                lacking[lacking.count - 1].shadows = nil
            }
            if attack.card.knowledge.contains("the shadows' answers") {
                lacking.append(declared)
                lacking[lacking.count - 1].shadowAnswers = nil
            }
            if attack.needsPopulation {
                lacking.append(declared)
                lacking[lacking.count - 1].population = declared.population.slice(0..<0)
            }
            if attack.needsTrainer {
                lacking.append(declared)
                lacking[lacking.count - 1].trainer = nil
            }
            for knowledge in lacking {
                do {
                    _ = try attack.play(arena.victim, QueryMeter(), knowledge)
                    Issue.record("\(attack) plays without what its card asks for")
                } catch ThreatModelError.missingKnowledge(_, let name) {
                    #expect(name == attack.card.id)
                } catch {
                    Issue.record(error, "\(attack)")
                }
            }
        }
    }

    @Test("Families: a card names the family of the arena, and a victim of another family is refused")
    func families() throws {
        let arenas = try [
            Arena.autoencoder(), Arena.variationalAutoencoder(), Arena.gan(), Arena.transformer(), Arena.classifier(),
        ]
        for attack in ContractCase.all {
            let arena = try attack.arena()
            #expect(attack.card.families.contains(arena.victim.architecture.family), "\(attack)")
            let knowledge = try attack.declaredKnowledge()
            for other in arenas where !attack.card.families.contains(other.victim.architecture.family) {
                #expect(throws: ThreatModelError.self, "\(attack) against \(other.victim.architecture.family)") {
                    try attack.play(other.victim, QueryMeter(), knowledge)
                }
            }
        }
    }

    @Test("Cards: identifiers differ, and every field that a reader needs is filled")
    func cards() {
        let cards = ContractCase.all.map(\.card)
        for card in cards {
            let fields = [card.id, card.summary, card.paper, card.access, card.knowledge, card.queries, card.trainings]
            #expect(!fields.contains(""), "\(card.id)")
            #expect(cards.allSatisfy { $0.id != card.id || $0 == card }, "two cards are called \(card.id)")
        }
    }

    @Test("LiRA: the complemented shadow matrix negates the online scores, in a real pool as well")
    func likelihoodRatio() throws {
        let arena = try Arena.autoencoder()
        let attack = ContractCase.signals(LiRA(), .reconstructionError, Arena.autoencoder)
        var knowledge = try arena.knowledge(.reconstructionError)
        let scores = try attack.play(arena.victim, QueryMeter(), knowledge)
        let view = try #require(knowledge.shadows)
        knowledge.shadows = try ShadowView(
            signals: view.signals, membership: view.membership.map { $0.map { !$0 } })
        #expect(try attack.play(arena.victim, QueryMeter(), knowledge) == scores.map { -$0 })
    }
}

/// An attack that sees no answer of the victim, only how often each candidate was in the adversary's own shadows.
@Suite struct CountingAttackerTests {
    private func scores(_ membership: [[Bool]]) -> [Double] {
        (0..<Arena.candidateCount).map { record in Double(membership.count { $0[record] }) }
    }

    @Test("With independent coin flips, counting says nothing of the victim")
    func independent() throws {
        for arena in try [Arena.autoencoder(), Arena.variationalAutoencoder(), Arena.transformer()] {
            let roc = try ROC(scores: scores(arena.membership), isMember: arena.truth)
            #expect(roc.aucEstimate(confidence: 0.999).interval.contains(0.5))
        }
    }

    @Test("Of a balanced pool whose models take turns as the victim, counting alone tells every member")
    func balanced() throws {
        // Each candidate is in exactly four of eight models; model 0 is the victim, the others are its shadows.
        let halves = (0..<Arena.candidateCount).map { RandomStream(seed: 3)[$0].permutation(8).map { $0 < 4 } }
        let pool = (0..<8).map { model in halves.map { $0[model] } }
        let roc = try ROC(scores: scores(Array(pool.dropFirst())), isMember: pool[0])
        #expect(roc.auc == 0)
        #expect(!roc.aucEstimate(confidence: 0.999).interval.contains(0.5))
    }
}
