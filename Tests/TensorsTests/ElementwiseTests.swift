import Tensors
import TestSupport
import Testing

@Suite("Elementwise arithmetic") struct ElementwiseTests {
    @Test("is exact where floats are", arguments: [1, 15, 16, 17, 50])
    func arithmetic(_ count: Int) {
        let (a, b) = (
            gridTensor([count], RandomStream(seed: 80)["a"]), gridTensor([count], RandomStream(seed: 80)["b"])
        )
        let (x, y) = (a.values, b.values)
        #expect((a + b).values == zip(x, y).map { $0 + $1 })
        #expect((a - b).values == zip(x, y).map { $0 - $1 })
        #expect((a * b).values == zip(x, y).map { $0 * $1 })
        #expect((a * 3).values == x.map { $0 * 3 } && (a + 3).values == x.map { $0 + 3 })
        var c = a
        c.add(b, times: -0.5)
        #expect(c.values == zip(x, y).map { $0 - 0.5 * $1 })
        c = a
        c.add(c, times: 2)
        #expect(c.values == x.map { 3 * $0 })
        c.clamp(-0.25, 0.5)
        #expect(c.values == x.map { min(0.5, max(-0.25, 3 * $0)) })
    }

    @Test("rows", arguments: [1, 15, 16, 17, 50])
    func rows(_ width: Int) {
        let a = gridTensor([3, width], RandomStream(seed: 81)["a"])
        let v = gridTensor([width], RandomStream(seed: 81)["v"])
        var (added, scaled, multiplied) = (a, a, a)
        added.addToRows(v)
        scaled.scaleRows(by: [2, 0, -1])
        multiplied.multiplyRows(by: v)
        for index in 0..<3 * width {
            #expect(added[index] == a[index] + v[index % width])
            #expect(scaled[index] == a[index] * [2, 0, -1][index / width])
            #expect(multiplied[index] == a[index] * v[index % width])
        }
    }

    @Test("a factor of zero erases what is not finite") func erase() {
        var x = Tensor([.nan, .infinity, 1])
        x.scale(by: 0)
        #expect(x.values == [0, 0, 0])
    }
}
