import Tensors
import TestSupport
import Testing

@Suite("Reductions, with any tail") struct ReductionTests {
    static let widths = [1, 2, 15, 16, 17, 31, 32, 33, 100]

    @Test("rows", arguments: widths)
    func rows(_ width: Int) {
        let (a, b) = (
            gridTensor([3, width], RandomStream(seed: 70)["a"]), gridTensor([3, width], RandomStream(seed: 70)["b"])
        )
        func reduce(_ f: (Double, Double) -> Double) -> [Double] {
            (0..<3).map { row in
                zip(a.row(row), b.row(row)).reduce(0) { $0 + f(Double($1.0), Double($1.1)) }
            }
        }
        expectClose(a.rowSums(), reduce { x, _ in x }, tolerance: 1e-6, floor: 1)
        expectClose(a.rowSquaredNorms(), reduce { x, _ in x * x }, tolerance: 1e-6, floor: 1)
        expectClose(a.rowInnerProducts(b), reduce { $0 * $1 }, tolerance: 1e-6, floor: 1)
        expectClose(a.rowSquaredDistances(b), reduce { ($0 - $1) * ($0 - $1) }, tolerance: 1e-6, floor: 1)
        let columns = (0..<width).map { column in (0..<3).reduce(0.0) { $0 + Double(a[$1 * width + column]) } }
        var target = Tensor(repeating: .nan, shape: [width])
        a.sumRows(into: &target, beta: 0)
        expectClose(target, columns, tolerance: 1e-6, floor: 1)
        a.sumRows(into: &target, beta: -2)
        expectClose(target, columns.map { -$0 }, tolerance: 1e-6, floor: 1)
    }

    @Test("totals", arguments: [0, 1, 16, 17, 4095, 4096, 4097, 10_000])
    func totals(_ count: Int) {
        let x = RandomStream(seed: 71).uniformTensor([count], -1, 1)
        #expect(abs(x.sum() - x.doubles.reduce(0, +)) < 1e-3)
        #expect(abs(x.squaredNorm() - x.inner(x)) <= 1e-6 * x.inner(x))
    }

    @Test("a sum of ten million ones is exact") func long() {
        #expect(Tensor(repeating: 1, shape: [10_000_000]).sum() == 1e7)
        #expect(Tensor(repeating: -2, shape: [10_000_000]).squaredNorm() == 4e7)
    }

    @Test("the padding is never read") func padding() {
        // A kernel over whole vectors leaves eˣ of whatever the padding held.
        let x = Activation.exponential(Tensor(repeating: 0, shape: [3])) + Tensor(repeating: 1, shape: [3])
        #expect(x.sum() == 6 && x.rowSums().scalar == 6 && x.squaredNorm() == 12)
        #expect(x.softmax().values == Tensor(repeating: 2, shape: [3]).softmax().values)
    }

    @Test("consecutive rows are added in groups", arguments: [(4, 1, 3), (3, 5, 17), (500, 7, 40), (0, 4, 2)])
    func groups(groups: Int, size: Int, columns: Int) {
        let matrix = gridTensor([groups * size, columns], RandomStream(seed: 4))
        let sums = matrix.groupSums(size)
        #expect(sums.shape == [groups, columns])
        expectClose(
            sums,
            (0..<groups * columns).map { place in
                (0..<size).reduce(0) { $0 + Double(matrix[(place / columns * size + $1) * columns + place % columns]) }
            })
    }

    @Test("a weighted sum of rows is added to what is there", arguments: [(1, 5), (7, 33), (3, 5000), (0, 4)])
    func weightedRows(rows: Int, columns: Int) {
        let matrix = gridTensor([rows, columns], RandomStream(seed: 4))
        let weights = (0..<rows).map { Float($0) - 1.5 }
        var sum = Tensor(repeating: 2, shape: [columns])
        matrix.addWeightedRows(weights, to: &sum)
        expectClose(
            sum,
            (0..<columns).map { column in
                (0..<rows).reduce(2) { $0 + Double(weights[$1] * matrix[$1 * columns + column]) }
            })
    }

    @Test("the first of the largest wins") func argmax() {
        #expect(Tensor([1, 3, 3, 2, -1, -5, -7, -1], shape: [2, 4]).rowArgmax() == [1, 0])
        #expect(Tensor([4, 5], shape: [2, 1]).rowArgmax() == [0, 0])
        #expect(Tensor([], shape: [0, 3]).rowArgmax().isEmpty)
    }
}
