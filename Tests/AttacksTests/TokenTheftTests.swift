import Auditing
import Foundation
import Models
import Tensors
import Testing
import ThreatModel
import Training

@testable import Attacks

@Suite struct TokenTheftTests {
    private let random = RandomStream(seed: 66)

    private func run(
        _ attack: TokenTheft, _ population: Records, _ meter: QueryMeter = QueryMeter()
    ) throws -> (surrogates: [Surrogate], diary: PublicArena.Diary) {
        let arena = PublicArena()
        let surrogates = try attack.run(
            against: Completions(to: Victim(Arena.transformer().victim), meter: meter),
            knowing: arena.knowledge(population), random: random)
        return (surrogates, arena.diary)
    }

    private func student(epochs: Int) -> Recipe {
        var recipe = Arena.transformerRecipe
        recipe.epochs = epochs
        return recipe
    }

    @Test("With all tokens told, the targets are the victim's distributions; budgets are nested and metered")
    func targets() throws {
        let (arena, meter) = (try Arena.transformer(), QueryMeter())
        let (surrogates, diary) = try run(
            TokenTheft(budgets: [70, 20], student: student(epochs: 1), top: 11), arena.population, meter)
        #expect(surrogates.map(\.budget) == [20, 70] && surrogates.map(\.tokens) == [240, 840])
        #expect(meter.queries == 70 && meter.tokens == 840)
        let (small, large) = (try #require(diary["student-20"]), try #require(diary["student-70"]))
        let targets = try #require(large.targets)
        #expect(large.tokens == Array(arena.population.tokens.prefix(840)) && small.targets == targets.rows(0..<220))
        let answers = try Scores(to: Victim(arena.victim), meter: QueryMeter()).answers(arena.population.slice(0..<70))
        let error = zip(targets.values, answers.values).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        #expect(targets.shape == answers.shape && error < 1e-5, "\(error)")
    }

    @Test("What was not told is spread evenly or left out; the text's own token is told beside the likeliest")
    func rest() {
        let place = TokenPlace(
            logProbability: Float(log(0.1)), top: [.init(token: 2, logProbability: Float(log(0.5)))])
        func row(_ rest: TokenTheft.Rest, _ token: Int32 = 0) -> [Float] {
            TokenTheft(budgets: [1], student: Arena.transformerRecipe, top: 1, rest: rest).distribution(token, place, 4)
        }
        func close(_ found: [Float], _ expected: [Float]) -> Bool {
            found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 }
        }
        #expect(close(row(.spread), [0.1, 0.2, 0.5, 0.2]))
        #expect(close(row(.renormalise), [1.0 / 6, 0, 5.0 / 6, 0]))
        // The likeliest is the text's own: it is told once.
        #expect(close(row(.renormalise, 2), [0, 0, 1, 0]))
    }

    @Test("Told numbers that add up to more than 1, none at all, and minus infinity still make a distribution")
    func defended() {
        let attack = TokenTheft(budgets: [1], student: Arena.transformerRecipe, top: 2)
        func row(_ own: Float?, _ top: [Float]) -> [Float] {
            attack.distribution(
                0,
                TokenPlace(
                    logProbability: own, top: top.enumerated().map { .init(token: Int32($0 + 1), logProbability: $1) }),
                4)
        }
        for row in [row(0, [0, -.infinity]), row(nil, []), row(-.infinity, []), row(-1, [])] {
            #expect(abs(row.reduce(0, +) - 1) < 1e-6 && row.allSatisfy { $0 >= 0 }, "\(row)")
        }
        #expect(row(nil, []) == [0.25, 0.25, 0.25, 0.25])
        #expect(row(0, [0, -.infinity]) == [0.5, 0.5, 0, 0])
    }

    @Test(
        "Students come nearer to the victim than one that was trained on the same texts without it, and with more told")
    func fidelity() throws {
        let arena = try Arena.transformer()
        let held = arena.candidates.gather(arena.truth.indices.filter { !arena.truth[$0] })
        func divergence(_ top: Int) throws -> (student: Double, alone: Double) {
            let (surrogates, _) = try run(
                TokenTheft(budgets: [100], student: student(epochs: 30), top: top), arena.population)
            let alone = try student(epochs: 30).train(on: arena.population, random: RandomStream(seed: 72)).model
            let grade = try TheftGame(victim: arena.victim, heldOut: held, kind: .languageModel)
                .grade(surrogates, controls: [.independent(alone, records: 1)])
            return (grade.rows[0].measures[1].value, grade.controls[0].measures[1].value)
        }
        let full = try divergence(11)
        #expect(full.student < 0.8 * full.alone, "\(full)")
        #expect(try divergence(1).student > full.student)
    }

    @Test("Students of another vocabulary or context, and too few texts, are refused before a query")
    func refused() throws {
        let population = try Arena.transformer().population
        func student(_ vocabulary: Int, _ context: Int) -> Recipe {
            Recipe(
                .transformer(Transformer(vocabulary: vocabulary, context: context, layers: 1, heads: 1, width: 4)),
                epochs: 1, batchSize: 10, optimiser: .adam(rate: 1e-3))
        }
        for attack in [
            TokenTheft(budgets: [5], student: student(12, 11)), TokenTheft(budgets: [5], student: student(11, 10)),
            TokenTheft(budgets: [5], student: Arena.student), TokenTheft(budgets: [101], student: student(11, 11)),
        ] {
            let meter = QueryMeter()
            #expect(throws: ThreatModelError.self) { try run(attack, population, meter) }
            #expect(meter.queries == 0)
        }
    }

    @Test("Settings are read, with a default each")
    func settings() throws {
        var settings = AttackSettings(["top": .number(20), "rest": .word("renormalise")])
        let attack = try TokenTheft(&settings, student: Arena.transformerRecipe)
        try settings.finish(TokenTheft.card.id)
        #expect(attack.top == 20 && attack.rest == .renormalise && attack.budgets == [1000])
        var wrong = AttackSettings(["top": .number(21)])
        #expect(throws: AttackSettingsError.self) { try TokenTheft(&wrong, student: Arena.transformerRecipe) }
    }
}
