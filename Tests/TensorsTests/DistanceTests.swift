import Tensors
import Testing

@Suite struct DistanceTests {
    @Test("Squared distances are sums of squared differences, and zero for a copy", arguments: [1, 5, 16, 37])
    func naive(width: Int) {
        let random = RandomStream(seed: 5)
        let a = random["a"].normalTensor([7, width])
        let b = Tensor.concatenatedRows([random["b"].normalTensor([18, width]), a.rows(2..<3)])
        let found = a.squaredDistances(to: b)
        #expect(found.shape == [7, 19])
        for row in 0..<7 {
            for (column, distance) in found.row(row).enumerated() {
                let naive = zip(a.row(row), b.row(column)).reduce(0.0) {
                    $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
                }
                #expect(abs(Double(distance) - naive) < 1e-5 * Double(width))
                #expect(distance >= 0)
            }
        }
        #expect(found.row(2)[18] < 1e-5 * Float(width))
    }

    @Test("A distance does not depend on the other rows, to the last bit")
    func independent() {
        let (a, b) = (
            RandomStream(seed: 6).normalTensor([40, 33]), RandomStream(seed: 7).normalTensor([50, 33])
        )
        let order = RandomStream(seed: 8).permutation(40)
        #expect(a.gatherRows(order).squaredDistances(to: b) == a.squaredDistances(to: b).gatherRows(order))
    }

    @Test("The minimum of a row is its smallest element, the first of equals")
    func minima() {
        let found = Tensor([3, 1, 2, 1, -4, 0, 5, 6], shape: [2, 4]).rowMinima()
        #expect(found.map(\.value) == [1, -4])
        #expect(found.map(\.column) == [1, 0])
    }
}
