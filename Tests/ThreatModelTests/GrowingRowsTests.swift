import Tensors
import Testing

@testable import ThreatModel

@Suite struct GrowingRowsTests {
    @Test("The distance to the nearest is that of the definition, over several blocks")
    func nearest() throws {
        let points = RandomStream(seed: 1).normalTensor([300, 5])
        var rows = GrowingRows(width: 5)
        #expect(rows.distance(to: points.row(0)) == nil)
        for index in 0..<300 {
            if index % 37 == 1 {
                let found = try #require(rows.distance(to: points.row(index)))
                let expected = (0..<index).map { other in
                    zip(points.row(index), points.row(other)).reduce(0.0) {
                        $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
                    }
                    .squareRoot()
                }.min()
                #expect(abs(found - (expected ?? 0)) < 1e-5)
            }
            rows.append(points.row(index))
        }
        #expect(rows.count == 300)
    }

    @Test("A copy is at distance 0, and a near copy far from the origin at its own small one")
    func nearCopies() {
        var rows = GrowingRows(width: 2)
        rows.append([1000, 1000])
        #expect(rows.distance(to: [1000, 1000]) == 0)
        #expect(rows.distance(to: [1000.125, 1000]) == 0.125)
    }
}
