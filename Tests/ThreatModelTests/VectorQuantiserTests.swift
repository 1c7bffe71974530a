import Tensors
import Testing

@testable import ThreatModel

@Suite struct VectorQuantiserTests {
    @Test("Four clusters far apart are four cells, whatever the seed", arguments: [1, 2, 3, 4])
    func clusters(seed: UInt64) {
        let noise = RandomStream(seed: seed).normalTensor([80, 2], deviation: 0.1)
        let corners = Tensor([0, 0, 0, 10, 10, 0, 10, 10], shape: [4, 2]).gatherRows((0..<80).map { $0 % 4 })
        let points = corners + noise
        let partition = VectorQuantiser(points, cells: 4, RandomStream(seed: seed))
        let cells = partition.cells(of: points)
        #expect(Set(cells).count == 4)
        #expect((0..<80).allSatisfy { cells[$0] == cells[$0 % 4] })
        // Each centre is the mean of its points.
        for corner in 0..<4 {
            let own = points.gatherRows(cells.indices.filter { cells[$0] == cells[corner] })
            let mean = (0..<2).map { column in (0..<20).reduce(0) { $0 + own.row($1)[column] } / 20 }
            let centre = partition.centres.row(cells[corner])
            #expect(zip(mean, centre).allSatisfy { abs($0 - $1) < 1e-4 })
        }
    }

    @Test("Points that are all equal, with more cells than there are different ones, are one cell")
    func equal() {
        let partition = VectorQuantiser(Tensor.zeros([5, 3]), cells: 3, RandomStream(seed: 1))
        #expect(Set(partition.cells(of: .zeros([2, 3]))).count == 1)
    }
}
