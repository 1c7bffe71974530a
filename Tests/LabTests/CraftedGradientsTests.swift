import Autograd
import Lab
import Mechanisms
import Tensors
import TestSupport
import Testing

@Suite("Crafted gradients")
struct CraftedGradientsTests {
    @Test("Each example's gradient is its row, whatever its size")
    func rows() {
        var rows = RandomStream(seed: 4).normalTensor([5, 9])
        rows.scaleRows(by: [1, 1e-6, 1e6, 0, -3])
        let gradients = craftedGradients(rows)
        #expect(gradients.rows() == rows)
        let norms = zip(gradients.norms(), rows.rowSquaredNorms().values)
        #expect(norms.allSatisfy { abs($0 - $1.squareRoot()) <= 1e-6 * $0 })
    }

    @Test("An empty batch has no rows, and its noise has as many coordinates as the adversary's vectors")
    func empty() {
        let gradients = craftedGradients(.zeros([0, 9]))
        #expect(gradients.examples == 0)
        let released = BoundedSum(clipping: gradients, to: 1)
            .released(noiseMultiplier: 1, noise: .seeded(RandomStream(seed: 1)))
        #expect(released["crafted"].count == 9 && released.norm > 0)
    }

    @Test("A model's gradients, written out and put through again, have the same clipped sum")
    func through() {
        let gradients = TinyLab().gradients([3, 1, 4, 15])
        func sum(_ gradients: PerExampleGradients) -> [Float] {
            let sum = BoundedSum(clipping: gradients, to: 0.3)
                .released(noiseMultiplier: 0, noise: .seeded(RandomStream(seed: 1)))
            return sum.names.flatMap { sum[$0].values }
        }
        expectClose(sum(craftedGradients(gradients.rows())), sum(gradients).map(Double.init), tolerance: 1e-5)
    }
}
