import Auditing
import Models
import Tensors
import Testing

@testable import Attacks
@testable import ThreatModel

@Suite struct LabelLogitSVDTests {
    private let random = RandomStream(seed: 74)
    private let model = TinyLanguageModel.model(vocabulary: 32, width: 4)
    private let contexts = RandomContexts(widest: 4, count: 10)

    @Test("Twice as many tokens as the width: logits to the stated precision, and the width", arguments: [12, 22])
    func recovers(_ bisections: Int) throws {
        let attack = LabelLogitSVD(contexts: contexts, bisections: bisections, range: 16)
        let meter = QueryMeter()
        let (read, tokens) = try attack.logits(of: Completions(to: Victim(model), meter: meter), random)
        #expect(tokens.count == 8 && Set(tokens).count == 8)
        #expect(meter.queries == 8 * 10 * (1 + bisections))
        let access = Logits(to: Victim(model), meter: QueryMeter())
        let full = RealMatrix(try access.logits(contexts.drawn(for: access.card, random["contexts"])))
        let errors = (0..<10).flatMap { row in
            tokens.indices.map {
                abs(read[row, $0] - full[row, Int(tokens[$0])] + full[row, Int(tokens[0])])
            }
        }
        let worst = errors.max() ?? 0
        #expect(worst <= 2 * attack.precision && worst > 0.02 * attack.precision, "\(worst) of \(attack.precision)")
    }

    @Test("The evidence: the width, rows of the head, and the precision")
    func evidence() throws {
        let evidence = try LabelLogitSVD(contexts: contexts, range: 16).run(
            against: Completions(to: Victim(model), meter: QueryMeter()), knowing: TinyLanguageModel.nothing,
            random: random)
        let grade = try LastLayerGame(victim: model).grade(evidence)
        #expect(evidence.dimension == 4 && grade.predictedRank == 4 && grade.tokens == 8)
        #expect(grade.error < 1e-4, "\(grade.error)")
        #expect(evidence.reference == evidence.tokens[0] && evidence.precision.map { $0 < 1e-5 } == true)
    }

    @Test("A range that is too small, or an interface that ignores the bias, is refused")
    func refused() throws {
        for victim in [Victim(model), Victim(behind: BiasIgnored(service: LocalService(model)))] {
            let access = Completions(to: victim, meter: QueryMeter())
            let error = #expect(throws: ThreatModelError.self) {
                try LabelLogitSVD(contexts: contexts, range: 0.01).logits(of: access, random)
            }
            #expect(error?.description.contains("below the largest") == true)
        }
    }

    @Test("More tokens than the vocabulary has are an error before any query")
    func tooFewTokens() {
        let meter = QueryMeter()
        let error = #expect(throws: ThreatModelError.self) {
            try LabelLogitSVD(contexts: contexts, tokens: 33, range: 16)
                .logits(of: Completions(to: Victim(model), meter: meter), random)
        }
        #expect(error?.description.contains("expected a vocabulary of 33 tokens or more, found 32") == true)
        #expect(meter.queries == 0)
    }

    @Test("Settings: defaults")
    func settings() throws {
        var none = AttackSettings()
        let attack = try LabelLogitSVD(&none)
        #expect(attack.bisections == 24 && attack.range == 64 && attack.tokens == nil)
        #expect(attack.precision < 1e-5)
    }
}
