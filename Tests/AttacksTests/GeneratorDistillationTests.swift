import Attacks
import Models
import Synchronization
import Tensors
import Testing
import ThreatModel
import Training

@Suite struct GeneratorDistillationTests {
    @Test("Of a conditional victim the second generator sees as many samples of each class, with their labels")
    func conditional() throws {
        let network = VariationalAutoencoder(inputs: 5, hidden: [4], latents: 2, classes: 3)
        let victim = Model(untrained: .variationalAutoencoder(network), RandomStream(seed: 5))
        let seen = Mutex<Records?>(nil)
        var knowledge = Knowledge(
            candidates: Records(features: .zeros([0, 5])), population: Records(features: .zeros([0, 5])))
        knowledge.trainer = SurrogateTrainer { _, recipe, records in
            seen.withLock { $0 = records }
            return try recipe.train(on: records, random: RandomStream(seed: 9)).model
        }
        let student = Recipe(victim.architecture, epochs: 1, batchSize: 4, optimiser: .sgd(rate: 0.1))
        let (meter, random) = (QueryMeter(), RandomStream(seed: 7))
        let surrogates = try GeneratorDistillation(budget: 8, student: student)
            .run(against: SamplesOnly(to: Victim(victim), meter: meter), knowing: knowledge, random: random)
        #expect(surrogates.map(\.budget) == [8] && meter.queries == 8)
        let samples = try #require(seen.withLock { $0 })
        #expect(samples.labels == [0, 0, 0, 1, 1, 1, 2, 2])
        let last = try SamplesOnly(to: Victim(victim), meter: QueryMeter()).samples(2, of: 2, random["samples"][2])
        #expect(samples.requiredFeatures.rows(6..<8) == last)
    }
}
