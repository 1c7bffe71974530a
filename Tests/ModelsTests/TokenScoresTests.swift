import Autograd
import Models
import Tensors
import TestSupport
import Testing

@Suite("A language model's token scores") struct TokenScoresTests {
    @Test("are the losses with a sign, and moments of each distribution, in any batches", arguments: [1, 3, 64])
    func scores(_ batch: Int) {
        let model = TransformerTests.models[0]
        let parameters = TransformerTests.parameters(model)
        let records = Records(tokens: Family.tokens(40, 11), window: 8)
        let scores = model.tokenScores(records, parameters, batch: batch)
        let bound = BoundParameters(parameters, on: Tape(.inference))
        expectClose(scores.logProbabilities, model.tokenLosses(records, bound).value * -1, tolerance: 1e-5)
        let given = (0..<5).flatMap { records.tokens[$0 * 8..<$0 * 8 + 7] }
        let logarithms = model.logits(given, length: 7, bound).value.logSoftmax()
        let means = (0..<35).map { row in logarithms.row(row).reduce(0.0) { $0 + exponential($1) * Double($1) } }
        let variances = (0..<35).map { row in
            logarithms.row(row).reduce(0.0) {
                $0 + exponential($1) * (Double($1) - means[row]) * (Double($1) - means[row])
            }
        }
        #expect(scores.means.shape == [5, 7] && scores.variances.shape == [5, 7])
        expectClose(scores.means, means)
        expectClose(scores.variances, variances)
    }

    private func exponential(_ x: Float) -> Double { Double(Activation.exponential(Tensor([x])).scalar) }

    @Test("of no records are empty") func empty() {
        let model = TransformerTests.models[0]
        let none = Records(tokens: Family.tokens(40, 11), window: 8).slice(0..<0)
        #expect(model.tokenScores(none, TransformerTests.parameters(model)).means.shape == [0, 7])
    }
}
