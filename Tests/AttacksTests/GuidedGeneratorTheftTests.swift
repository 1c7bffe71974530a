import Models
import Tensors
import Testing
import ThreatModel
import Training

@testable import Attacks

@Suite struct GuidedGeneratorTheftTests {
    private let random = RandomStream(seed: 63)
    private var victim: Model {
        Model(
            untrained: .generativeAdversarialNetwork(
                GenerativeAdversarialNetwork(inputs: 5, generatorHidden: [6], discriminatorHidden: [6], latents: 3)),
            random["victim"])
    }
    private var student: Recipe { Recipe(victim.architecture, epochs: 1, batchSize: 8, optimiser: .adam(rate: 1e-3)) }

    @Test(
        "A sample costs two queries, and what is accepted the victim's discriminator says; an odd budget is the even one below"
    )
    func kept() throws {
        let (arena, meter) = (PublicArena(), QueryMeter())
        let population = Records(features: .zeros([0, 5]))
        let surrogates = try GuidedGeneratorTheft(budgets: [81, 80, 20], student: student, keep: 0.25)
            .run(
                against: Discriminates(to: Victim(victim), meter: meter), knowing: arena.knowledge(population),
                random: random)
        #expect(surrogates.map(\.budget) == [20, 80] && meter.queries == 80)
        let all = try SamplesOnly(to: Victim(victim), meter: QueryMeter()).samples(40, random["samples"][0])
        let logits = try Discriminates(to: Victim(victim), meter: QueryMeter()).logits(of: all)
        let (small, large) = (try #require(arena.diary["generator-20"]), try #require(arena.diary["generator-80"]))
        func accepted(of samples: Int) -> [Int] {
            DiscriminatorRejection(keep: 0.25).accepted(Array(logits.prefix(samples)), random["accepted"])
        }
        #expect(large.requiredFeatures == all.gatherRows(accepted(of: 40)) && large.count < 40)
        #expect(small.requiredFeatures == all.gatherRows(accepted(of: 10)))
    }

    @Test("Settings: a budget that buys no sample is refused")
    func settings() throws {
        var settings = AttackSettings(["budgets": .number(1)])
        #expect(throws: AttackSettingsError.self) { try GuidedGeneratorTheft(&settings, student: student) }
    }
}
