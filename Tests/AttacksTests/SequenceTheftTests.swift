import Attacks
import Models
import Tensors
import Testing
import ThreatModel
import Training

@Suite struct SequenceTheftTests {
    private let random = RandomStream(seed: 65)
    private var student: Recipe {
        var recipe = Arena.transformerRecipe
        recipe.epochs = 1
        return recipe
    }

    private func run(
        _ attack: SequenceTheft, _ population: Records, _ meter: QueryMeter = QueryMeter()
    ) throws -> (surrogates: [Surrogate], diary: PublicArena.Diary) {
        let arena = PublicArena()
        let surrogates = try attack.run(
            against: Continuations(to: Victim(Arena.transformer().victim), meter: meter),
            knowing: arena.knowledge(population), random: random)
        return (surrogates, arena.diary)
    }

    @Test("Public beginnings are continued once; queries and tokens are those of the meter; budgets are nested")
    func budgets() throws {
        let (population, meter) = (try Arena.transformer().population, QueryMeter())
        let attack = SequenceTheft(budgets: [90, 20], student: student, prefix: 4)
        let (surrogates, diary) = try run(attack, population, meter)
        #expect(surrogates.map(\.budget) == [20, 90] && surrogates.map(\.tokens) == [240, 1080])
        #expect(meter.queries == 90 && meter.tokens == 1080)
        let (small, large) = (try #require(diary["student-20"]), try #require(diary["student-90"]))
        #expect(large.window == 12 && Array(large.tokens.prefix(240)) == small.tokens)
        for (text, source) in zip(large.texts, population.texts) { #expect(text.prefix(4) == source.prefix(4)) }
        // The draws are the access's own, request by request.
        let direct = try Continuations(to: Victim(Arena.transformer().victim), meter: QueryMeter()).sampled(
            population.texts[64..<90].map { Array($0.prefix(4)) }, by: 8, SamplingRule(), random["continuations"][1])
        #expect(large.texts[64..<90].map { Array($0.suffix(8)) } == direct)
        #expect(try run(attack, population).surrogates.map(\.model) == surrogates.map(\.model))
    }

    @Test("A start token takes the place of prompts, and prompts that run out are continued anew")
    func prompts() throws {
        let population = try Arena.transformer().population
        let (_, started) = try run(
            SequenceTheft(budgets: [30], student: student, length: 5, start: 3), population.slice(0..<0))
        let texts = try #require(started["student-30"]).texts
        #expect(texts.allSatisfy { $0.count == 6 && $0[0] == 3 } && Set(texts).count > 5)
        let (_, again) = try run(
            SequenceTheft(budgets: [6], student: student, prefix: 2), population.slice(0..<2))
        let repeated = try #require(again["student-6"]).texts
        #expect(Set(repeated.map { Array($0.prefix(2)) }).count <= 2 && Set(repeated).count > 2)
    }

    @Test("The rule says how tokens are drawn: greedily they are the victim's likeliest, coldly most of them are")
    func rule() throws {
        let population = try Arena.transformer().population.slice(0..<20)
        let likeliest = try Continuations(to: Victim(Arena.transformer().victim), meter: QueryMeter())
            .greedy(population.texts.map { Array($0.prefix(4)) }, by: 8)
        func copies(_ rule: SamplingRule) throws -> Int {
            let attack = SequenceTheft(budgets: [20], student: student, prefix: 4, rule: rule)
            let texts = try #require(run(attack, population).diary["student-20"]).texts
            return zip(texts, likeliest).count { Array($0.suffix(8)) == $1 }
        }
        #expect(try copies(.greedy) == 20)
        #expect(try copies(SamplingRule(temperature: 0.01)) > copies(SamplingRule()))
    }

    @Test("Prompts beyond the student, texts shorter than the prompt, and students of no language are refused")
    func refused() throws {
        let population = try Arena.transformer().population
        for attack in [
            SequenceTheft(budgets: [5], student: student, prefix: 4, length: 9),
            SequenceTheft(budgets: [5], student: student, prefix: 12),
            SequenceTheft(budgets: [5], student: student, prefix: 13),
            SequenceTheft(budgets: [5], student: Arena.student, prefix: 4),
        ] {
            let meter = QueryMeter()
            #expect(throws: ThreatModelError.self) { try run(attack, population, meter) }
            #expect(meter.queries == 0)
        }
    }

    @Test("Settings are read, with a default each")
    func settings() throws {
        var settings = AttackSettings(["start": .number(0), "temperature": .number(0.5)])
        let attack = try SequenceTheft(&settings, student: student)
        try settings.finish(SequenceTheft.card.id)
        #expect(attack.start == 0 && attack.length == nil && attack.prefix == 8 && attack.rule.temperature == 0.5)
        // What no interface answers is refused before anything is asked.
        var hot = AttackSettings(["temperature": .number(2.5)])
        #expect(throws: AttackSettingsError.self) { try SequenceTheft(&hot, student: student) }
    }
}
