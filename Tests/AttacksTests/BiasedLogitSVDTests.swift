import Auditing
import Models
import Tensors
import Testing

@testable import Attacks
@testable import ThreatModel

@Suite struct BiasedLogitSVDTests {
    private let random = RandomStream(seed: 73)
    private let contexts = RandomContexts(widest: 16)

    private func logits(_ model: Model) throws -> RealMatrix {
        let access = Logits(to: Victim(model), meter: QueryMeter())
        return RealMatrix(try access.logits(contexts.drawn(for: access.card, random["contexts"])))
    }

    @Test(
        "The same subspace as from full logits, for (vocabulary − 1)/(k − 1) queries per context", arguments: [5, 20])
    func recovers(_ top: Int) throws {
        let (model, meter) = (TinyLanguageModel.model(), QueryMeter())
        let attack = BiasedLogitSVD(contexts: contexts, top: top)
        let evidence = try attack.run(
            against: Completions(to: Victim(model), meter: meter), knowing: TinyLanguageModel.nothing, random: random)
        let perContext = (127.0 / Double(top - 1)).rounded(.up)
        #expect(
            Double(meter.queries) == 80 * perContext && attack.queriesPerContext(vocabulary: 128) == Int(perContext))
        let grade = try LastLayerGame(victim: model).grade(evidence)
        #expect(evidence.dimension == 16 && grade.predictedRank == 16 && evidence.reference == 0)
        #expect(grade.error < 1e-4 && grade.control > 0.8, "\(grade.error)")
        let full = try logits(model)
        let differences = RealMatrix(rows: full.rows, columns: 128) { full[$0, $1] - full[$0, 0] }
        let expected = try differences.singularValues()
        for index in 0..<16 { #expect(abs(evidence.singularValues[index] / expected[index] - 1) < 1e-4) }
    }

    @Test("Each logit is read to the digits that the bias leaves")
    func digits() throws {
        let model = TinyLanguageModel.model()
        let full = try logits(model)
        var errors: [Double] = []
        for bias in [16.0, 100] {
            let read = try BiasedLogitSVD(contexts: contexts, top: 20, bias: bias)
                .logits(of: Completions(to: Victim(model), meter: QueryMeter()), random)
            let expected = RealMatrix(rows: full.rows, columns: 128) { full[$0, $1] - full[$0, 0] }
            errors.append((read - expected).elements.reduce(0) { max($0, abs($1)) })
        }
        #expect(errors[0] < 5e-6 && errors[1] < 3e-5 && errors[0] < errors[1], "\(errors)")
    }

    @Test("An interface that ignores the bias, or a bias that is too small, hides a token")
    func hidden() throws {
        let model = TinyLanguageModel.model()
        for (victim, bias) in [(Victim(behind: BiasIgnored(service: LocalService(model))), 40.0), (Victim(model), 0.1)]
        {
            let access = Completions(to: victim, meter: QueryMeter())
            let error = #expect(throws: ThreatModelError.self) {
                try BiasedLogitSVD(contexts: contexts, bias: bias)
                    .run(against: access, knowing: TinyLanguageModel.nothing, random: random)
            }
            #expect(error?.description.contains("in spite of a bias") == true)
        }
    }

    @Test("Settings: defaults")
    func settings() throws {
        var none = AttackSettings()
        let attack = try BiasedLogitSVD(&none)
        #expect(attack.top == 20 && attack.bias == 40 && attack.contexts == RandomContexts())
    }
}
