import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Scores of labels") struct LabelScoresTests {
    /// ln p_label, Σ p·ln p and Σ p·(ln p)² − µ², by their definitions in double precision.
    private func reference(_ logits: Tensor, _ labels: [Int32]) -> [[Double]] {
        labels.enumerated().map { row, label in
            let x = logits.row(row).map(Double.init)
            let largest = x.max() ?? 0
            let normaliser = largest + log(x.reduce(0) { $0 + exp($1 - largest) })
            let logarithms = x.map { $0 - normaliser }
            let mean = logarithms.reduce(0) { $0 + exp($1) * $1 }
            let variance = logarithms.reduce(0) { $0 + exp($1) * ($1 - mean) * ($1 - mean) }
            return [logarithms[Int(label)], mean, variance]
        }
    }

    private func check(_ logits: Tensor, tolerance: Double, sourceLocation: SourceLocation = #_sourceLocation) {
        let labels = RandomStream(seed: 5).words(logits.rows).map { Int32($0 % UInt32(logits.columns)) }
        let found = logits.labelScores(labels)
        for (row, expected) in reference(logits, labels).enumerated() {
            let scores = [found.logProbability[row], found.mean[row], found.variance[row]].map(Double.init)
            for (name, (score, value)) in zip(["log-probability", "mean", "variance"], zip(scores, expected)) {
                #expect(
                    abs(score - value) <= tolerance * max(abs(value), 1e-6),
                    "\(name) of row \(row) is \(score), not \(value)", sourceLocation: sourceLocation)
            }
        }
    }

    @Test("agree with double precision", arguments: [2, 3, 15, 16, 17, 96, 300])
    func definition(_ columns: Int) {
        check(gridTensor([40, columns], RandomStream(seed: 90), scale: 6), tolerance: 2e-5)
    }

    @Test("keep their precision where the distribution is nearly uniform, and where it is nearly certain")
    func extremes() {
        let noise = gridTensor([8, 50], RandomStream(seed: 91))
        check(noise * 0x1p-10, tolerance: 1e-3)
        var certain = noise
        for row in 0..<8 { certain[row * 50 + 7] = 12 }
        check(certain, tolerance: 1e-3)
    }

    @Test("a token that is certain, one that is impossible, and a choice of one") func degenerate() {
        let x = Tensor([0, -1e30, -.infinity, -1e4, 0, -1e4], shape: [2, 3])
        let found = x.labelScores([0, 0])
        #expect(abs(found.logProbability[0]) < 1e-30 && found.logProbability[1] == -1e4)
        for tensor in [found.mean, found.variance] { expectClose(tensor, [0, 0], tolerance: 1e-6, floor: 1) }
        #expect(Tensor([-1e30], shape: [1, 1]).labelScores([0]).variance.scalar == 0)
        #expect(Tensor.zeros([0, 4]).labelScores([]).mean.count == 0)
    }

    @Test("a label outside of the classes is refused") func labels() async {
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([1, 3]).labelScores([3]) }
    }
}
