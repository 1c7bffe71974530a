import Foundation
import Tensors
import TestSupport
import Testing

@Suite("The softmax family") struct SoftmaxTests {
    private func reference(_ row: [Float]) -> (probabilities: [Double], logSumExp: Double) {
        let largest = Double(row.max() ?? 0)
        let exponentials = row.map { exp(Double($0) - largest) }
        let total = exponentials.reduce(0, +)
        return (exponentials.map { $0 / total }, largest + log(total))
    }

    @Test("agrees with double precision for any number of columns", arguments: [1, 2, 7, 15, 16, 17, 31, 64, 100])
    func agrees(_ columns: Int) {
        let x = gridTensor([5, columns], RandomStream(seed: 50), scale: 20)
        let (softmax, logSumExp, logSoftmax) = (x.softmax(), x.logSumExp(), x.logSoftmax())
        #expect(logSumExp.shape == [5] && softmax.shape == x.shape)
        for row in 0..<5 {
            let expected = reference(x.row(row))
            expectClose(softmax.row(row), expected.probabilities, tolerance: 1e-6)
            expectClose([logSumExp[row]], [expected.logSumExp], tolerance: 3e-7, floor: 1)
            let logarithms = x.row(row).map { Double($0) - expected.logSumExp }
            expectClose(logSoftmax.row(row), logarithms, tolerance: 3e-7, floor: 1)
        }
    }

    @Test("extremes neither overflow nor vanish", arguments: [Float(1e4), -1e4, 3e38, -3e38])
    func extremes(_ offset: Float) {
        let equal = Tensor(repeating: offset, shape: [1, 20])
        expectClose(equal.softmax(), [Double](repeating: 0.05, count: 20), tolerance: 1e-6)
        let peak = Tensor([0, offset, 0])
        let expected: [Double] = offset > 0 ? [0, 1, 0] : [0.5, 0, 0.5]
        expectClose(peak.softmax(), expected, tolerance: 1e-6)
        expectClose(peak.logSumExp(), [offset > 0 ? Double(offset) : log(2)], tolerance: 1e-6)
        #expect(Tensor([offset], shape: [1, 1]).softmax().scalar == 1)
        #expect(Tensor([offset], shape: [1, 1]).logSumExp().scalar == offset)
        #expect(Tensor([offset], shape: [1, 1]).logSoftmax().scalar == 0)
    }

    @Test("a masked logit of −∞ has probability zero") func masked() {
        let x = Tensor([1, -.infinity, 1], shape: [1, 3])
        expectClose(x.softmax(), [0.5, 0, 0.5], tolerance: 1e-6)
        expectClose(x.logSumExp(), [1 + log(2)], tolerance: 1e-6)
    }

    @Test("each row has mass one, and a shift changes nothing") func invariance() {
        let x = gridTensor([7, 33], RandomStream(seed: 51), scale: 8)
        expectClose(x.softmax().rowSums(), [Double](repeating: 1, count: 7), tolerance: 1e-6)
        expectClose((x + 64).softmax(), x.softmax(), tolerance: 1e-6)
    }
}
