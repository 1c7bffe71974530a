import Attacks
import Auditing
import Models
import Statistics
import Tensors
import Testing
import ThreatModel
import Training

@Suite struct InheritedLeakageTests {
    private let random = RandomStream(seed: 67)

    private func clone(_ arena: Arena, _ student: Recipe, asking queries: Records) throws -> Model {
        let knowledge = PublicArena().knowledge(queries)
        return try #require(
            AnswerDistillation(budgets: [queries.count], student: student)
                .run(
                    against: Scores(to: Victim(arena.victim), meter: QueryMeter()), knowing: knowledge, random: random
                )
                .last
        ).model
    }

    @Test("A clone of a victim's answers to its own members leaks them, one of a disjoint pool fewer")
    func classifier() throws {
        let arena = try Arena.classifier()
        let control = try Arena.classifierRecipe.train(on: arena.population, random: random["control"]).model
        let game = MembershipGame(secret: arena.truth)
        func leakage(asking queries: Records) throws -> InheritedLeakage {
            try game.inheritedLeakage(
                victim: arena.victim, clone: try clone(arena, Arena.classifierRecipe, asking: queries),
                control: control,
                candidates: arena.candidates)
        }
        let members = arena.candidates.gather(arena.truth.indices.filter { arena.truth[$0] })
        let copied = try leakage(asking: members)
        #expect(copied.signal == "logit-confidence" && copied.members == members.count)
        #expect(copied.verdict == .inherited && copied.victim.auc.value > 0.9 && copied.clone.auc.value > 0.8)
        #expect(copied.control.auc.interval.contains(0.5) && copied.clone.exposures == nil)
        let disjoint = try leakage(asking: arena.population)
        #expect(disjoint.victim == copied.victim && disjoint.control == copied.control)
        #expect(disjoint.excess.value < copied.excess.value - 0.1)
        // Answers about others give members away, too, of a victim that overfits this much.
        #expect(disjoint.verdict == .inherited && disjoint.clone.auc.interval.lower > 0.65, "\(disjoint.clone.auc)")
        #expect(copied.clone.auc.value > 0.9, "\(copied.clone.auc)")
    }

    @Test("A victim that never trained has nothing to pass on")
    func nothing() throws {
        let arena = try Arena.autoencoder()
        let leakage = try MembershipGame(secret: arena.truth).inheritedLeakage(
            victim: arena.untrained, clone: arena.untrained, control: arena.untrained, candidates: arena.candidates)
        #expect(leakage.verdict == .nothingToInherit && leakage.signal == "reconstruction-error")
        #expect(leakage.excess.value == 0)
    }

    @Test("The exposure of planted secrets is told of all three language models")
    func canaries() throws {
        let arena = try Arena.transformer()
        let members = arena.candidates.gather(arena.truth.indices.filter { arena.truth[$0] })
        let canaries = InheritedLeakage.Canaries(
            planted: members.slice(0..<8), alternatives: arena.population, insertions: [1, 1, 1, 1, 1, 1, 1, 1])
        let cloned = try clone(arena, Arena.transformerRecipe, asking: members)
        let leakage = try MembershipGame(secret: arena.truth).inheritedLeakage(
            victim: arena.victim, clone: cloned, control: arena.untrained, candidates: arena.candidates,
            canaries: canaries)
        #expect(leakage.signal == "token-loss" && leakage.verdict == .inherited)
        let bits = try [leakage.victim, leakage.clone, leakage.control].map {
            try #require($0.exposures?.first { $0.insertions == 1 }).bits.value
        }
        // A secret that was not planted has 1.44 bits in expectation.
        #expect(bits[0] > 3 && bits[1] > 3 && bits[2] < 3, "\(bits)")
    }

    @Test("Generators of two families are compared by their draws; a stolen encoder has no score of its own")
    func signals() throws {
        let (gan, variational) = (try Arena.gan(), try Arena.variationalAutoencoder())
        let game = MembershipGame(secret: gan.truth)
        let leakage = try game.inheritedLeakage(
            victim: gan.victim, clone: variational.untrained, control: gan.untrained, candidates: gan.candidates)
        #expect(leakage.signal == "nearest-sample")
        let encoder = Model(
            untrained: .autoencoder(Autoencoder(inputs: 64, hidden: [], latents: 2, codeObjective: .regression)), random
        )
        let arena = try Arena.autoencoder()
        #expect(throws: ThreatModelError.self) {
            try MembershipGame(secret: arena.truth).inheritedLeakage(
                victim: arena.victim, clone: encoder, control: arena.untrained, candidates: arena.candidates)
        }
        #expect(throws: ThreatModelError.self) {
            try game.inheritedLeakage(
                victim: gan.victim, clone: arena.untrained, control: gan.untrained, candidates: gan.candidates)
        }
    }
}
