import Tensors
import TestSupport
import Testing

@Suite("The nearest row") struct NearestRowTests {
    @Test("its squared distance is the least of all, across blocks, and next to nothing for a copy") func naive() {
        let random = RandomStream(seed: 3)
        let rows = random["rows"].uniformTensor([20, 9])
        var others = random["others"].uniformTensor([1500, 9])
        for column in 0..<9 { others[1200 * 9 + column] = rows[4 * 9 + column] }
        let naive = (0..<20).map { row in
            (0..<1500).reduce(Double.infinity) { least, other in
                let squares = zip(rows.row(row), others.row(other)).map { Double($0 - $1) * Double($0 - $1) }
                return min(least, squares.reduce(0, +))
            }
        }
        let found = rows.squaredDistancesToNearest(of: others)
        expectClose(found.map { Float($0) }, naive)
        #expect(abs(found[4]) < 1e-5 && naive[4] == 0)
        #expect(found.allSatisfy { $0 >= 0 })
    }

    @Test("nothing is infinitely far") func empty() {
        let rows = RandomStream(seed: 3).uniformTensor([2, 9])
        #expect(rows.squaredDistancesToNearest(of: .zeros([0, 9])) == [.infinity, .infinity])
    }
}
