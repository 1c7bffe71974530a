import Auditing
import Foundation
import Models
import Tensors
import Testing

@testable import Attacks
@testable import ThreatModel

@Suite struct LogitSVDTests {
    private let random = RandomStream(seed: 72)
    private let contexts = RandomContexts(widest: 16)

    private func evidence(_ model: Model, _ contexts: RandomContexts? = nil) throws -> LastLayer {
        let access = Logits(to: Victim(model), meter: QueryMeter())
        return try LogitSVD(contexts: contexts ?? self.contexts)
            .run(against: access, knowing: TinyLanguageModel.nothing, random: random)
    }

    /// The logits that the attack reads.
    private func logits(_ model: Model, count: Int? = nil) throws -> RealMatrix {
        let access = Logits(to: Victim(model), meter: QueryMeter())
        let asked = try contexts.drawn(for: access.card, random["contexts"])
        return RealMatrix(try access.logits(Array(asked.prefix(count ?? asked.count))))
    }

    private func scored(_ logits: RealMatrix) throws -> LastLayer {
        try LogitSVD.lastLayer(logits, tokens: Array(0..<Int32(logits.columns)), reference: nil)
    }

    /// ln of the softmax of each row.
    private func logProbabilities(_ logits: RealMatrix) -> RealMatrix {
        let normalisers = (0..<logits.rows).map { row in log(logits.row(row).reduce(0) { $0 + exp($1) }) }
        return RealMatrix(rows: logits.rows, columns: logits.columns) { logits[$0, $1] - normalisers[$0] }
    }

    private func rounded(_ logits: RealMatrix, _ decimals: Int) -> RealMatrix {
        let scale = pow(10, Double(decimals))
        return RealMatrix(rows: logits.rows, columns: logits.columns) { (logits[$0, $1] * scale).rounded() / scale }
    }

    struct Form: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let model: Model
        let rank: Int
    }

    static let forms = [
        Form(testDescription: "layer norm with bias", model: TinyLanguageModel.model(), rank: 16),
        Form(
            testDescription: "layer norm without bias", model: TinyLanguageModel.model(hasNormBias: false), rank: 15),
        Form(
            testDescription: "RMS norm", model: TinyLanguageModel.model(norm: .rootMeanSquare, hasNormBias: false),
            rank: 16),
        Form(testDescription: "tied head", model: TinyLanguageModel.model(isTied: true), rank: 16),
    ]

    @Test(
        "The width is exact: h, but h − 1 where layer norm has no bias; the head is exact up to rounding",
        arguments: forms)
    func exact(_ form: Form) throws {
        let evidence = try evidence(form.model)
        let grade = try LastLayerGame(victim: form.model).grade(evidence)
        #expect(evidence.dimension == form.rank && grade.predictedRank == form.rank && grade.width == 16)
        #expect(evidence.contexts == 80 && evidence.gap > 8)
        #expect(grade.gap == evidence.gap)
        #expect(grade.error < 1e-4, "\(grade.error)")
        #expect(grade.control > 0.8)
    }

    @Test("A head whose gains are others, or that was not read, is told apart")
    func otherHead() throws {
        let evidence = try evidence(TinyLanguageModel.model(hasNormBias: false))
        for seed in [71, 99] as [UInt64] {
            let model = TinyLanguageModel.model(hasNormBias: false, seed: seed)
            let other = seed == 71 ? TinyLanguageModel.model(norm: .rootMeanSquare, hasNormBias: false) : model
            #expect(try LastLayerGame(victim: other).grade(evidence).error > 0.1)
        }
    }

    @Test("Trap (a): a vocabulary smaller than the width cannot show it")
    func smallVocabulary() throws {
        let model = TinyLanguageModel.model(vocabulary: 12)
        let evidence = try evidence(model)
        #expect(evidence.singularValues.count == 12 && evidence.dimension < 12)
        #expect(try LastLayerGame(victim: model).predictedRank(tokens: 12, .logits) == 12)
        #expect(evidence.singularValues[11] > 1e-3 * evidence.singularValues[0])
    }

    @Test("Trap (c): normalised log-probabilities have one dimension more, differences from one token have not")
    func normalised() throws {
        let model = TinyLanguageModel.model()
        let (logits, game) = try (logits(model), LastLayerGame(victim: model))
        let shifted = try scored(logProbabilities(logits))
        #expect(shifted.dimension == 17 && game.predictedRank(tokens: 128, .logProbabilities) == 17)
        let differences = RealMatrix(rows: logits.rows, columns: 128) { logits[$0, $1] - logits[$0, 0] }
        #expect(try scored(differences).dimension == 16)
    }

    @Test("Trap (d): the noise of single precision lies near 10⁻⁷ of the largest value, and dropout is off")
    func noiseFloor() throws {
        let evidence = try evidence(TinyLanguageModel.model())
        let floor = evidence.singularValues[16] / evidence.singularValues[0]
        #expect(floor > 1e-9 && floor < 2e-6, "\(floor)")
        #expect(try self.evidence(TinyLanguageModel.model(dropout: 0.5)) == evidence)
    }

    @Test("Trap (e): fewer contexts than the width cannot show it")
    func fewContexts() throws {
        let model = TinyLanguageModel.model()
        let few = try scored(logits(model, count: 12))
        #expect(few.singularValues.count == 12 && few.dimension < 12 && few.gap < 2)
        #expect(try scored(logits(model, count: 40)).dimension == 16)
    }

    @Test("Rounding of logits adds the noise that is predicted, ten times as much per decimal")
    func roundedLogits() throws {
        let model = TinyLanguageModel.model()
        let (logits, game) = try (logits(model), LastLayerGame(victim: model))
        var gaps: [Double] = []
        for decimals in 1...4 {
            let evidence = try scored(rounded(logits, decimals))
            let grade = try game.grade(evidence)
            #expect(abs(evidence.singularValues[16] / grade.roundingNoise(decimals: decimals) - 1) < 0.15)
            #expect(evidence.dimension == 16)
            gaps.append(try #require(grade.gap))
        }
        for (few, more) in zip(gaps, gaps.dropFirst()) { #expect(abs(more - few - log(10)) < 0.3) }
    }

    @Test(
        "Rounding of probabilities closes the gap, and exact log-probabilities leave it open, in the grade",
        arguments: [true, false])
    func roundedProbabilities(hasNormBias: Bool) throws {
        let model = TinyLanguageModel.model(hasNormBias: hasNormBias)
        let game = try LastLayerGame(victim: model)
        func graded(_ service: any ModelService) throws -> LastLayerGrade {
            let access = Logits(to: Victim(behind: service), meter: QueryMeter())
            return try game.grade(
                LogitSVD(contexts: contexts).run(against: access, knowing: TinyLanguageModel.nothing, random: random))
        }
        let exact = try game.grade(scored(logProbabilities(logits(model))))
        #expect(exact.predictedRank == (hasNormBias ? 17 : 16) && exact.dimension == exact.predictedRank)
        #expect(try #require(exact.gap) > 8 && exact.error < 1e-4)
        for decimals in [2, 3, 4] as [Double] {
            let defence = ProbabilityRounding([decimals], DefenceMaterial(random: random["defence"]))
            let closed = try graded(DefendedService(LocalService(model), [defence]))
            let gap = try #require(closed.gap)
            #expect(closed.predictedRank == exact.predictedRank && gap < 0.5, "\(closed)")
        }
        #expect(try #require(game.grade(scored(rounded(logits(model), 3))).gap) > 5)
    }

    @Test("Log-probabilities are told from logits, even where all of those are negative")
    func normalisedAnswers() throws {
        let logits = try logits(TinyLanguageModel.model())
        #expect(try !scored(logits).isNormalised && scored(logProbabilities(logits)).isNormalised)
        let negative = RealMatrix(rows: logits.rows, columns: logits.columns) { logits[$0, $1] - 60 }
        #expect(try negative.elements.allSatisfy { $0 < 0 } && !scored(negative).isNormalised)
    }

    @Test("Negative control: a random matrix of full rank has no gap")
    func fullRank() throws {
        let evidence = try scored(RealMatrix(random["noise"].normalTensor([80, 128])))
        #expect(evidence.gap < 0.2)
    }

    @Test("What nothing can be read from is refused, or empty")
    func refused() throws {
        #expect(throws: LinearAlgebraError.notFinite) { try scored(RealMatrix([1, .infinity], rows: 1, columns: 2)) }
        #expect(try scored(RealMatrix([1, 2], rows: 1, columns: 2)).dimension == 0)
        #expect(throws: ThreatModelError.self) { try evidence(TinyLanguageModel.model(), .init(widest: 16, length: 9)) }
        #expect(throws: ThreatModelError.self) {
            try evidence(TinyLanguageModel.model(vocabulary: 12), .init(widest: 16, length: 1))
        }
    }

    @Test("Contexts differ, are of the length asked for, and cost a query each")
    func drawn() throws {
        let model = TinyLanguageModel.model(vocabulary: 13)
        let meter = QueryMeter()
        let access = Logits(to: Victim(model), meter: meter)
        let choice = RandomContexts(widest: 16, length: 2)
        let asked = try choice.drawn(for: access.card, random["contexts"])
        #expect(asked.count == 80 && Set(asked).count == 80 && asked.allSatisfy { $0.count == 2 })
        _ = try LogitSVD(contexts: choice).run(against: access, knowing: TinyLanguageModel.nothing, random: random)
        #expect(meter.queries == 80 && meter.tokens == 160)
    }

    @Test("Settings: defaults, and values that are no whole number in range")
    func settings() throws {
        var none = AttackSettings()
        #expect(try LogitSVD(&none).contexts == RandomContexts(widest: 256, count: nil, length: 4, batch: 32))
        var some = AttackSettings(["widest": .number(16), "contexts": .number(30), "length": .number(2)])
        #expect(try LogitSVD(&some).contexts == RandomContexts(widest: 16, count: 30, length: 2))
        try some.finish("logit-svd")
        var half = AttackSettings(["contexts": .number(2.5)])
        #expect(throws: AttackSettingsError.self) { try LogitSVD(&half) }
    }
}
