import Auditing
import Autograd
import Models
import Tensors
import Testing
import ThreatModel

@Suite struct LastLayerGameTests {
    private func model(
        _ norm: Normalisation, bias: [Float]? = nil, gains: [Float] = [1, 2, 1, 4], vocabulary: Int = 9
    ) -> Model {
        let network = Transformer(
            vocabulary: vocabulary, context: 3, layers: 1, heads: 1, width: 4, norm: norm, hasNormBias: bias != nil)
        var parameters = network.initialParameters(RandomStream(seed: 3))
        parameters["ln_f.weight"] = Tensor(gains)
        if let bias { parameters["ln_f.bias"] = Tensor(bias) }
        return Model(.transformer(network), parameters)
    }

    @Test("Predicted ranks: the width, one less for layer norm without a bias that shows its hidden direction")
    func predicted() throws {
        func rank(_ model: Model, tokens: Int = 9, _ reading: LastLayerGame.Reading = .logits) throws -> Int {
            try LastLayerGame(victim: model).predictedRank(tokens: tokens, reading)
        }
        #expect(try rank(model(.rootMeanSquare)) == 4)
        #expect(try rank(model(.layer)) == 3)
        #expect(try rank(model(.layer, bias: [0, 0, 0, 0])) == 3)
        #expect(try rank(model(.layer, bias: [0, 1, 0, 0])) == 4)
        // 1/1 + 2/2 + 0 − 8/4 = 0: the bias lies where the normalised vectors are.
        #expect(try rank(model(.layer, bias: [1, 2, 0, -8])) == 3)
        #expect(try rank(model(.rootMeanSquare), tokens: 3) == 3)
        #expect(try rank(model(.rootMeanSquare), tokens: 4, .differences) == 3)
        #expect(try rank(model(.rootMeanSquare), .logProbabilities) == 5)
        #expect(throws: ThreatModelError.self) {
            try LastLayerGame(
                victim: Model(
                    untrained: .classifier(Classifier(inputs: 2, hidden: [], classes: 2)), RandomStream(seed: 1)))
        }
    }

    /// Evidence of a head; singular values are made up.
    private func evidence(_ head: RealMatrix, tokens: [Int32]) -> LastLayer {
        LastLayer(
            tokens: tokens, reference: nil, contexts: 16, singularValues: [9, 3, 2, 1, 1e-5, 1e-5],
            dimension: head.columns, gap: 1, head: head)
    }

    @Test(
        "The head in other coordinates and shifted has no error; with a column missing, or of other tokens, it has one")
    func error() throws {
        let (model, tokens) = (model(.rootMeanSquare), (0..<9).map { Int32($0) })
        let head = RealMatrix(model.parameters["lm_head.weight"])
        let gains = [1.0, 2, 1, 4]
        let folded = RealMatrix(rows: 9, columns: 4) { head[$0, $1] * gains[$1] }
        let mixing = RealMatrix(RandomStream(seed: 4).normalTensor([4, 4]))
        let mixed = folded * mixing
        let shifted = RealMatrix(rows: 9, columns: 4) { mixed[$0, $1] + Double($1) }
        let game = try LastLayerGame(victim: model)
        let grade = try game.grade(evidence(shifted, tokens: tokens))
        #expect(grade.error < 1e-12 && grade.control > 0.3)
        let three = RealMatrix(rows: 9, columns: 3) { shifted[$0, $1] }
        #expect(try game.grade(evidence(three, tokens: tokens)).error > 1e-3)
        let some = [4, 0, 7, 8, 2, 1, 3].map { Int32($0) }
        #expect(try game.grade(evidence(shifted.gatherRows(some.map { Int($0) }), tokens: some)).error < 1e-12)
        #expect(try game.grade(evidence(shifted.gatherRows([0, 1, 2, 3, 4, 5, 6]), tokens: some)).error > 1e-3)
    }

    @Test("Under layer norm without bias, what counts is the head with its gains, less the direction that is hidden")
    func hiddenDirection() throws {
        let model = model(.layer)
        let head = RealMatrix(model.parameters["lm_head.weight"])
        func visible(_ gains: [Double]) -> RealMatrix {
            let rows = (0..<9).map { row in zip(head.row(row), gains).map { $0 * $1 } }
            // Three columns span what vectors of mean zero reach.
            return RealMatrix(rows: 9, columns: 3) { rows[$0][$1] - rows[$0][3] }
        }
        let (game, tokens) = try (LastLayerGame(victim: model), (0..<9).map { Int32($0) })
        #expect(try game.grade(evidence(visible([1, 2, 1, 4]), tokens: tokens)).error < 1e-12)
        #expect(try game.grade(evidence(visible([1, 1, 1, 1]), tokens: tokens)).error > 1e-3)
    }

    @Test("Numbers by hand: the noise of rounding, the gap, and the decimals that close it")
    func numbers() throws {
        let head = RealMatrix(RandomStream(seed: 5).normalTensor([9, 4]))
        let grade = try LastLayerGame(victim: model(.rootMeanSquare))
            .grade(evidence(head, tokens: (0..<9).map { Int32($0) }))
        // (√16 + √9)/√12 = 2.0207
        #expect(abs(grade.roundingNoise(decimals: 2) - 0.020207) < 1e-6)
        #expect(grade.leastSingularValue == 1 && grade.gap.map { abs($0 - 11.5129) < 1e-3 } == true)
        #expect(grade.closingDecimals.map { abs($0 - 0.30551) < 1e-4 } == true)
        #expect(grade.measures.map(\.name).count == 5)
        #expect(grade.measures[2].value == grade.error && grade.measures[2].control == grade.control)
    }

    @Test("An estimate above the width gains nothing: its further columns do not enter the error")
    func overestimated() throws {
        let (game, tokens) = try (LastLayerGame(victim: model(.rootMeanSquare)), (0..<9).map { Int32($0) })
        let noise = RealMatrix(RandomStream(seed: 6).normalTensor([9, 8]))
        let wide = try game.grade(evidence(noise, tokens: tokens))
        let four = try game.grade(evidence(RealMatrix(rows: 9, columns: 4) { noise[$0, $1] }, tokens: tokens))
        #expect(wide.dimension == 8 && wide.error > 0.3 && wide.error == four.error)
    }

    @Test("Evidence of log-probabilities is graded by the rank that those have, and differences by theirs")
    func reading() throws {
        let (game, tokens) = try (LastLayerGame(victim: model(.rootMeanSquare)), (0..<9).map { Int32($0) })
        let head = RealMatrix(RandomStream(seed: 5).normalTensor([9, 4]))
        func grade(reference: Int32?, isNormalised: Bool) throws -> LastLayerGrade {
            try game.grade(
                LastLayer(
                    tokens: tokens, reference: reference, contexts: 16, singularValues: [9, 3, 2, 1, 0.5, 1e-5],
                    dimension: 4, gap: 1, head: head, isNormalised: isNormalised))
        }
        let normalised = try grade(reference: nil, isNormalised: true)
        #expect(normalised.predictedRank == 5 && normalised.leastSingularValue == 0.5)
        #expect(try #require(normalised.gap) > 10)
        #expect(try grade(reference: nil, isNormalised: false).predictedRank == 4)
        #expect(try grade(reference: 0, isNormalised: false).predictedRank == 4)
    }

    @Test("A width of 1 under layer norm without bias shows nothing, which is graded as nothing")
    func nothingVisible() throws {
        let network = Transformer(
            vocabulary: 5, context: 3, layers: 1, heads: 1, width: 1, norm: .layer, hasNormBias: false)
        let game = try LastLayerGame(victim: Model(untrained: .transformer(network), RandomStream(seed: 7)))
        let none = LastLayer(
            tokens: (0..<5).map { Int32($0) }, reference: nil, contexts: 4, singularValues: [0, 0, 0, 0], dimension: 0,
            gap: 0, head: RealMatrix(rows: 5, columns: 0) { _, _ in 0 })
        let grade = try game.grade(none)
        #expect(grade.predictedRank == 0 && grade.gap == nil && grade.leastSingularValue == 0 && grade.error == 0)
    }
}
