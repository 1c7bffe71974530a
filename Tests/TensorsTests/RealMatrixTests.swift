import Tensors
import Testing

@Suite struct RealMatrixTests {
    private let a = RealMatrix([1, 2, 3, 4, 5, 6], rows: 2, columns: 3)

    @Test("Rows, columns, transposed, joined and gathered, by hand")
    func layout() {
        #expect(a[1, 0] == 4 && a.row(1) == [4, 5, 6])
        #expect(a.transposed == RealMatrix([1, 4, 2, 5, 3, 6], rows: 3, columns: 2))
        #expect(a.joined(RealMatrix([7, 8], rows: 2, columns: 1)).elements == [1, 2, 3, 7, 4, 5, 6, 8])
        #expect(a.gatherRows([1, 1, 0]).elements == [4, 5, 6, 4, 5, 6, 1, 2, 3])
        #expect(RealMatrix(Tensor([1, 2], shape: [2, 1])) == RealMatrix([1, 2], rows: 2, columns: 1))
        #expect((a - a).norm == 0 && RealMatrix([3, 4], rows: 1, columns: 2).norm == 5)
    }

    @Test("Products by hand, with the transpose of another matrix as well, and with nothing")
    func products() {
        let b = RealMatrix([1, 0, 2, -1, 0, 1], rows: 3, columns: 2)
        #expect((a * b) == RealMatrix([5, 1, 14, 1], rows: 2, columns: 2))
        #expect(a.timesTransposed(b.transposed) == a * b)
        let empty = RealMatrix([], rows: 3, columns: 0)
        #expect((a * empty).columns == 0)
        #expect((empty * RealMatrix([], rows: 0, columns: 2)).elements == [0, 0, 0, 0, 0, 0])
    }
}
