import Autograd
import Models
import Tensors
import Testing
import ThreatModel
import Training

@testable import Attacks

@Suite struct GeneratorTheftTests {
    private let random = RandomStream(seed: 62)
    private let student = Recipe(
        .variationalAutoencoder(VariationalAutoencoder(inputs: 3, hidden: [4], latents: 2)), epochs: 1, batchSize: 8,
        optimiser: .adam(rate: 1e-3))

    /// A generator whose images are bright or dark by the sign of its first code, with noise beside.
    private func victim(classes: Int = 0) -> Model {
        let network = VariationalAutoencoder(inputs: 3, hidden: [], latents: 2, classes: classes)
        var model = Model(untrained: .variationalAutoencoder(network), random["victim"])
        var weight = Tensor.zeros([3, 2 + classes])
        weight[0] = 20
        weight[2 + classes + 1] = 1
        model.parameters["decoder.0.weight"] = weight
        return model
    }

    /// Bright public records.
    private var bright: Records {
        let noise = random["public"].uniformTensor([50, 3])
        return Records(
            features: Tensor((0..<50).flatMap { [Float(1), noise[3 * $0 + 1], 0.5] }, shape: [50, 3]),
            labels: (0..<50).map { Int32($0 % 2) })
    }

    private func run(
        _ attack: GeneratorTheft, _ model: Model, _ population: Records, _ meter: QueryMeter = QueryMeter()
    )
        throws -> (surrogates: [Surrogate], diary: PublicArena.Diary)
    {
        let arena = PublicArena()
        let surrogates = try attack.run(
            against: SamplesOnly(to: Victim(model), meter: meter), knowing: arena.knowledge(population), random: random)
        return (surrogates, arena.diary)
    }

    @Test("Budgets are nested, the largest is paid, and the same game gives the same students")
    func budgets() throws {
        let meter = QueryMeter()
        let attack = GeneratorTheft(budgets: [1100, 40, 1100], student: student)
        let (surrogates, diary) = try run(attack, victim(), bright.slice(0..<0), meter)
        #expect(surrogates.map(\.budget) == [40, 1100] && meter.queries == 1100)
        #expect(diary.names == ["generator-1100", "generator-40"])
        let (small, large) = (try #require(diary["generator-40"]), try #require(diary["generator-1100"]))
        #expect(small.count == 40 && large.count == 1100)
        #expect(small.requiredFeatures == large.requiredFeatures.rows(0..<40))
        // The second request draws anew.
        #expect(large.requiredFeatures.rows(1000..<1040) != small.requiredFeatures)
        let again = try run(attack, victim(), bright.slice(0..<0)).surrogates
        #expect(again.map(\.model) == surrogates.map(\.model))
    }

    @Test("Of a conditional victim the classes take turns, with their labels")
    func conditional() throws {
        let conditional = Recipe(
            .variationalAutoencoder(VariationalAutoencoder(inputs: 3, hidden: [4], latents: 2, classes: 3)), epochs: 1,
            batchSize: 8, optimiser: .adam(rate: 1e-3))
        let meter = QueryMeter()
        let (_, diary) = try run(
            GeneratorTheft(budgets: [7, 4], student: conditional), victim(classes: 3), bright.slice(0..<0), meter)
        let (small, large) = (try #require(diary["generator-4"]), try #require(diary["generator-7"]))
        #expect(large.labels == [0, 1, 2, 0, 1, 2, 0] && small.labels == [0, 1, 2, 0])
        #expect(small.requiredFeatures == large.requiredFeatures.rows(0..<4) && meter.queries == 7)
        let ofOne = try SamplesOnly(to: Victim(victim(classes: 3)), meter: QueryMeter())
            .samples(2, of: 1, random["samples"]["class"][1][0])
        #expect(large.requiredFeatures.gatherRows([1, 4]) == ofOne)
    }

    @Test("The adversary's discriminator keeps the samples that look like public records: bright ones")
    func rejection() throws {
        let network = AttackNetwork(hidden: [8], epochs: 30, batchSize: 20, rate: 1e-2)
        func share(_ keep: Double) throws -> Double {
            let (_, diary) = try run(
                GeneratorTheft(budgets: [100], student: student, keep: keep, discriminator: network), victim(), bright)
            let kept = try #require(diary["generator-100"])
            #expect(diary.names.count == (keep < 1 ? 2 : 1) && (keep == 1) == (kept.count == 100))
            return Double((0..<kept.count).count { kept.requiredFeatures.row($0)[0] > 0.5 }) / Double(kept.count)
        }
        // Half of all samples are bright, give or take 15 in 100.
        let all = try share(1)
        #expect(abs(all - 0.5) < 0.15)
        #expect(try share(0.2) > 0.9)
    }

    @Test("A share of public records joins the samples; without enough of them the attack says how many it needs")
    func mix() throws {
        let (_, diary) = try run(GeneratorTheft(budgets: [30], student: student, mix: 0.25), victim(), bright)
        let records = try #require(diary["generator-30"])
        #expect(records.count == 40)
        #expect(records.requiredFeatures.rows(30..<40) == bright.requiredFeatures.rows(0..<10))
        #expect {
            try run(GeneratorTheft(budgets: [30], student: student, mix: 0.75), victim(), bright)
        } throws: {
            guard case ThreatModelError.missingKnowledge(let what, GeneratorTheft.card.id) = $0 else { return false }
            return what.contains("90 vectors")
        }
        #expect(throws: ThreatModelError.missingKnowledge("population records", attack: GeneratorTheft.card.id)) {
            try run(GeneratorTheft(budgets: [30], student: student, keep: 0.5), victim(), bright.slice(0..<0))
        }
    }

    @Test("Settings: what is not written has a default, and what is out of range is refused")
    func settings() throws {
        var settings = AttackSettings(["budgets": .numbers([200, 100]), "keep": .number(0.25), "hidden": .number(8)])
        let attack = try GeneratorTheft(&settings, student: student)
        try settings.finish(GeneratorTheft.card.id)
        #expect(attack.budgets == [100, 200] && attack.discriminator.hidden == [8])
        var wrong = AttackSettings(["mix": .number(1)])
        #expect(throws: AttackSettingsError.self) { try GeneratorTheft(&wrong, student: student) }
    }
}
