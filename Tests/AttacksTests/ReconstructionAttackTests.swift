import Autograd
import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct ReconstructionAttackTests {
    @Test("The score is minus the mean squared distance over the reconstructions")
    func mean() throws {
        let candidates = Tensor([0, 0, 1, 1], shape: [2, 2])
        let images = [Tensor([1, 0, 1, 1], shape: [2, 2]), Tensor([0, 2, 0, 0], shape: [2, 2])]
        #expect(try ReconstructionAttack.scores(candidates: candidates, reconstructions: images) == [-2.5, -1])
        #expect(throws: ThreatModelError.self) {
            try ReconstructionAttack.scores(candidates: candidates, reconstructions: [])
        }
        #expect(throws: ThreatModelError.self) {
            try ReconstructionAttack.scores(candidates: candidates, reconstructions: [.zeros([2, 3])])
        }
    }

    private func play(_ attack: ReconstructionAttack, _ model: Model, _ knowledge: Knowledge) throws -> [Double] {
        try attack.run(
            against: WhiteBox(to: Victim(model), meter: QueryMeter()), knowing: knowledge, random: RandomStream(seed: 6)
        ).values
    }

    @Test("An autoencoder's score is that of its one reconstruction")
    func autoencoder() throws {
        let arena = try Arena.autoencoder()
        let images = try Scores(to: Victim(arena.victim), meter: QueryMeter()).answers(arena.candidates)
        let expected = images.rowSquaredDistances(arena.candidates.requiredFeatures).values.map { -Double($0) }
        #expect(try play(ReconstructionAttack(), arena.victim, arena.knowledge(nil)) == expected)
    }

    @Test("A variational autoencoder's draws are of the posterior: with one of no width, all agree with its mean")
    func posterior() throws {
        let arena = try Arena.variationalAutoencoder()
        var knowledge = try arena.knowledge(nil)
        knowledge.candidates = arena.candidates.slice(0..<10)
        var narrow = arena.victim
        // The last layer of the encoder has mean and log-variance side by side: e^(−60/2) is no width.
        for (name, constant) in [("encoder.2.weight", Float(0)), ("encoder.2.bias", -60)] {
            var values = narrow.parameters[name].values
            for index in values.count / 2..<values.count { values[index] = constant }
            narrow.parameters[name] = Tensor(values, shape: narrow.parameters[name].shape)
        }
        let images = try Scores(to: Victim(narrow), meter: QueryMeter()).answers(knowledge.candidates)
        let expected = images.rowSquaredDistances(knowledge.candidates.requiredFeatures).values.map { -Double($0) }
        #expect(try largestError(play(ReconstructionAttack(draws: 3), narrow, knowledge), expected) < 1e-5)
        // With the posterior's own width the draws differ from the mean and from each other.
        let one = try play(ReconstructionAttack(draws: 1), arena.victim, knowledge)
        let many = try play(ReconstructionAttack(draws: 9), arena.victim, knowledge)
        #expect(one != many)
        #expect(try play(ReconstructionAttack(draws: 3), arena.victim, knowledge) != expected)
    }

    @Test("A class-conditional model reads the candidates' labels, and refuses candidates without")
    func conditional() throws {
        let network = VariationalAutoencoder(inputs: 64, hidden: [8], latents: 3, classes: 2)
        let model = Model(untrained: .variationalAutoencoder(network), RandomStream(seed: 3))
        var knowledge = try Arena.autoencoder().knowledge(nil)
        knowledge.candidates = knowledge.candidates.slice(0..<6)
        let attack = ReconstructionAttack(draws: 2)
        #expect(throws: ThreatModelError.self) { try play(attack, model, knowledge) }
        let images = knowledge.candidates.requiredFeatures
        let scores = try [Int32(0), 1].map { label in
            knowledge.candidates = Records(features: images, labels: [Int32](repeating: label, count: 6))
            return try play(attack, model, knowledge)
        }
        #expect(zip(scores[0], scores[1]).allSatisfy { $0 != $1 })
    }
}
