import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Attention kernels") struct AttentionTests {
    /// Softmax(QKᵀ/√d)V by its definition in double precision.
    private func reference(_ packed: Tensor, _ shape: AttentionShape) -> [Double] {
        let (n, w, d) = (shape.length, shape.width, shape.width / shape.heads)
        func at(_ sequence: Int, _ position: Int, _ column: Int) -> Double {
            Double(packed[(sequence * n + position) * 3 * w + column])
        }
        return (0..<shape.sequences * n * w).map { index in
            let (sequence, position, column) = (index / (n * w), index / w % n, index % w)
            let head = column / d
            let visible = shape.isCausal ? position + 1 : n
            let scores = (0..<visible).map { other in
                (0..<d).reduce(0.0) {
                    $0 + at(sequence, position, head * d + $1) * at(sequence, other, w + head * d + $1)
                } / Double(d).squareRoot()
            }
            let weights = scores.map { exp($0) }
            let total = weights.reduce(0, +)
            return (0..<visible).reduce(0.0) { $0 + weights[$1] / total * at(sequence, $1, 2 * w + column) }
        }
    }

    static let shapes = [
        AttentionShape(sequences: 2, length: 5, heads: 2, width: 6),
        AttentionShape(sequences: 1, length: 1, heads: 1, width: 1),
        AttentionShape(sequences: 3, length: 18, heads: 1, width: 17),
        AttentionShape(sequences: 2, length: 20, heads: 4, width: 8, isCausal: false),
    ]

    @Test("forward agrees with the definition", arguments: shapes)
    func forward(_ shape: AttentionShape) {
        let packed = gridTensor([shape.sequences * shape.length, 3 * shape.width], RandomStream(seed: 97), scale: 2)
        expectClose(shape.forward(packed), reference(packed, shape))
    }
}
