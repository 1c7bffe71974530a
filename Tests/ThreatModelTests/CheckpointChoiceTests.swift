import Autograd
import Models
import Synchronization
import Tensors
import Testing
import ThreatModel
import Training

@Suite struct CheckpointChoiceTests {
    private let recipe = Recipe(
        .classifier(Classifier(inputs: 2, hidden: [], classes: 2)), epochs: 30, batchSize: 5,
        optimiser: .sgd(rate: 0.5))
    private let records = Records(
        features: RandomStream(seed: 4).normalTensor([20, 2]), labels: (0..<20).map { Int32($0 % 2) })
    private let random = RandomStream(seed: 5)

    private func checkpoints() throws -> [Parameters] {
        let visited = Mutex<[Parameters]>([])
        _ = try recipe.train(
            on: records, random: random,
            observer: TrainingObserver(visit: { _, _, parameters in visited.withLock { $0.append(parameters) } }))
        return visited.withLock { $0 }
    }

    @Test("The checkpoint with the highest score is taken, of equals the last, and one without a score never")
    func best() throws {
        let all = try checkpoints()
        #expect(all.count >= 60)
        func chosen(_ score: @escaping @Sendable (Int) -> Double) throws -> Parameters {
            let count = Mutex(0)
            let choice = CheckpointChoice(heldOut: records) { _, heldOut in
                #expect(heldOut.count == 20)
                return count.withLock { count in
                    count += 1
                    return score(count - 1)
                }
            }
            return try choice.train(recipe, on: records, random: random).parameters
        }
        #expect(try chosen { $0 == 7 ? 1 : 0 } == all[7])
        #expect(try chosen { $0 == 7 || $0 == 9 ? 1 : 0 } == all[9])
        #expect(try chosen { $0 == 3 ? .nan : $0 == 7 ? 1 : -1 } == all[7])
        #expect(try chosen { _ in .nan } == all[all.count - 1])
    }

    @Test("A facility that tells no checkpoints says so when one is to be chosen")
    func unable() throws {
        let trainer = SurrogateTrainer { [random] _, recipe, records in
            try recipe.train(on: records, random: random).model
        }
        _ = try trainer.train("plain", recipe, on: records)
        let choice = CheckpointChoice(heldOut: records) { _, _ in 0 }
        #expect(throws: ThreatModelError.missingKnowledge("a trainer that tells its checkpoints", attack: "chosen")) {
            try trainer.train("chosen", recipe, on: records, choosing: choice)
        }
    }
}
