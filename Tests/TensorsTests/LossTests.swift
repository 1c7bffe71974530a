import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Losses per row") struct LossTests {
    @Test("cross-entropy is logsumexp minus the label's logit") func crossEntropy() {
        let x = gridTensor([4, 19], RandomStream(seed: 60), scale: 5)
        let labels: [Int32] = [0, 18, 7, 16]
        let expected = labels.enumerated().map { row, label in
            let logits = x.row(row).map(Double.init)
            return log(logits.reduce(0) { $0 + exp($1) }) - logits[Int(label)]
        }
        expectClose(x.crossEntropy(labels), expected, tolerance: 1e-6)
        let oneHot = Tensor((0..<76).map { $0 % 19 == Int(labels[$0 / 19]) ? 1 : 0 }, shape: [4, 19])
        expectClose(x.softCrossEntropy(oneHot), expected, tolerance: 1e-6)
    }

    @Test("cross-entropy at extremes is finite and exact") func extremeCrossEntropy() {
        let x = Tensor([1e4, -1e4, 0, 1e4, -1e4, 0], shape: [2, 3])
        expectClose(x.crossEntropy([0, 1]), [0, 2e4], tolerance: 1e-6)
        let gradient = x.crossEntropyGradient([0, 1], weights: Tensor([1, 2]))
        expectClose(gradient, [0, 0, 0, 2, -2, 0], tolerance: 1e-6)
        #expect(Tensor([5], shape: [1, 1]).crossEntropy([0]).scalar == 0)
    }

    @Test("a label outside of the classes is refused") func labels() async {
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([1, 3]).crossEntropy([3]) }
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([1, 3]).crossEntropy([-1]) }
    }

    @Test("binary cross-entropy agrees with double precision", arguments: [1, 15, 16, 17, 40])
    func binary(_ columns: Int) {
        let x = gridTensor([3, columns], RandomStream(seed: 61), scale: 12)
        let targets = Tensor(RandomStream(seed: 62).uniforms(3 * columns), shape: [3, columns])
        let expected = (0..<3).map { row in
            zip(x.row(row), targets.row(row)).reduce(0.0) { total, pair in
                let (v, t) = (Double(pair.0), Double(pair.1))
                return total + max(v, 0) + log1p(exp(-abs(v))) - v * t
            }
        }
        expectClose(x.binaryCrossEntropy(targets), expected, tolerance: 1e-6)
    }

    @Test("binary cross-entropy at extremes", arguments: [1, 5, 16])
    func extremeBinary(_ columns: Int) {
        let (high, low) = (Tensor(repeating: 1e4, shape: [1, columns]), Tensor(repeating: -1e4, shape: [1, columns]))
        let (ones, zeros) = (Tensor(repeating: 1, shape: [1, columns]), Tensor.zeros([1, columns]))
        #expect(high.binaryCrossEntropy(ones).scalar < 1e-30)
        #expect(low.binaryCrossEntropy(zeros).scalar < 1e-30)
        #expect(high.binaryCrossEntropy(zeros).scalar == 1e4 * Float(columns))
        #expect(low.binaryCrossEntropy(ones).scalar == 1e4 * Float(columns))
        let weight = Tensor([3])
        #expect(high.binaryCrossEntropyGradient(zeros, weights: weight).values.allSatisfy { $0 == 3 })
        #expect(high.binaryCrossEntropyGradient(ones, weights: weight).values.allSatisfy { $0 == 0 })
    }

    /// Attacks read the losses of well-learnt records, so their relative error matters.
    @Test("a small binary loss keeps its relative precision", arguments: [Float(8), 12, 20, 40])
    func smallBinary(_ logit: Float) {
        let loss = Double(Tensor([logit], shape: [1, 1]).binaryCrossEntropy(Tensor([1], shape: [1, 1])).scalar)
        let withoutTarget = Double(
            Tensor([-logit], shape: [1, 1]).binaryCrossEntropy(Tensor([0], shape: [1, 1])).scalar)
        let expected = log1p(exp(-Double(logit)))
        #expect(abs(withoutTarget / expected - 1) < 1e-6)
        #expect(abs(loss / expected - 1) < 1e-6)
    }
}
