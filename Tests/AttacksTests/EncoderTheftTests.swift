import Attacks
import Auditing
import Models
import Tensors
import Testing
import ThreatModel
import Training

@Suite struct EncoderTheftTests {
    private let random = RandomStream(seed: 64)
    private let student = Recipe(
        .autoencoder(Autoencoder(inputs: 64, hidden: [32], latents: 5)), epochs: 80, batchSize: 20,
        optimiser: .adam(rate: 3e-3))

    private func run(_ attack: EncoderTheft, _ model: Model, _ population: Records, _ meter: QueryMeter = QueryMeter())
        throws -> (surrogates: [Surrogate], diary: PublicArena.Diary)
    {
        let arena = PublicArena()
        let surrogates = try attack.run(
            against: Codes(to: Victim(model), meter: meter), knowing: arena.knowledge(population), random: random)
        return (surrogates, arena.diary)
    }

    @Test("Codes are asked once, budgets are nested, and a student learns codes of the victim's width")
    func budgets() throws {
        let (arena, meter) = (try Arena.autoencoder(), QueryMeter())
        var short = student
        short.epochs = 1
        let (surrogates, diary) = try run(
            EncoderTheft(budgets: [100, 30], student: short), arena.victim, arena.population, meter)
        #expect(surrogates.map(\.budget) == [30, 100] && meter.queries == 100)
        let (small, large) = (try #require(diary["encoder-30"]), try #require(diary["encoder-100"]))
        #expect(small.targets == large.targets?.rows(0..<30))
        #expect(try large.targets == Codes(to: Victim(arena.victim), meter: QueryMeter()).codes(arena.population))
        #expect(ServiceCard(id: "", of: surrogates[1].model).latents == 24)
        #expect(ServiceCard(id: "", of: surrogates[1].model).operations == [.encode])
    }

    @Test(
        "A student's codes become the victim's, those of a contrast in direction, more with a larger budget",
        arguments: [EncoderTheft.Objective.regression, .contrastive])
    func fidelity(_ objective: EncoderTheft.Objective) throws {
        let arena = try Arena.autoencoder()
        let attack = EncoderTheft(budgets: [10, 100], student: student, objective: objective)
        let (surrogates, _) = try run(attack, arena.victim, arena.population)
        let held = arena.candidates.gather(arena.truth.indices.filter { !arena.truth[$0] })
        let grade = try TheftGame(victim: arena.victim, heldOut: held, kind: .encoder(probe: nil))
            .grade(surrogates, controls: [.untrained(Model(untrained: student.architecture, random))])
        // A contrast leaves lengths to chance, and says nothing of what the first measure compares.
        let name = "debiased linear CKA" + (objective == .contrastive ? " of unit codes" : "")
        let alignment = grade.curve(name).map(\.value)
        let control = try #require(grade.controls[0].measures.first { $0.name == name }).value
        #expect(alignment[1] > alignment[0] + 0.02, "\(alignment)")
        #expect(alignment[1] > control + 0.05, "\(alignment) and \(control)")
    }

    @Test("A student's decoder was never trained, so nothing reads it")
    func decoder() throws {
        let arena = try Arena.autoencoder()
        var short = student
        short.epochs = 1
        let clone = try run(EncoderTheft(budgets: [20], student: short), arena.victim, arena.population)
            .surrogates[0].model
        let scores = Scores(to: Victim(clone), meter: QueryMeter())
        #expect(throws: ThreatModelError.self) { try scores.values(.reconstructionError, of: arena.candidates) }
        #expect(throws: ThreatModelError.self) { try scores.answers(arena.candidates) }
        #expect(throws: ThreatModelError.self) {
            try LatentQueries(to: Victim(clone), meter: QueryMeter()).images(of: .zeros([1, 24]))
        }
    }

    @Test("A variational recipe stands for its encoder; students of other kinds and widths are refused")
    func students() throws {
        let arena = try Arena.autoencoder()
        func steal(_ architecture: Architecture) throws -> Model {
            let recipe = Recipe(architecture, epochs: 1, batchSize: 10, optimiser: .adam(rate: 1e-3))
            return try run(EncoderTheft(budgets: [10], student: recipe), arena.victim, arena.population)
                .surrogates[0].model
        }
        let clone = try steal(.variationalAutoencoder(VariationalAutoencoder(inputs: 64, hidden: [8], latents: 3)))
        #expect(clone.architecture.family == "autoencoder")
        #expect(throws: ThreatModelError.unsupported("encoder of unlabelled records", family: "classifier")) {
            try steal(.classifier(Classifier(inputs: 64, hidden: [], classes: 2)))
        }
        #expect(throws: ThreatModelError.mismatch("a student of 9 inputs for public records of 64 numbers")) {
            try steal(.autoencoder(Autoencoder(inputs: 9, hidden: [], latents: 2)))
        }
    }

    @Test("Settings: the objective by its name")
    func settings() throws {
        var settings = AttackSettings(["objective": .word("contrastive"), "temperature": .number(0.5)])
        let attack = try EncoderTheft(&settings, student: student)
        try settings.finish(EncoderTheft.card.id)
        #expect(attack.objective == .contrastive && attack.temperature == 0.5 && attack.budgets == [1000])
        var wrong = AttackSettings(["objective": .word("copy")])
        #expect(throws: AttackSettingsError.self) { try EncoderTheft(&wrong, student: student) }
    }
}
