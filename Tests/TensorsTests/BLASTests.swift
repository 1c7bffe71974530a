import TestSupport
import Testing

@testable import Tensors

@Suite("Products of matrices") struct BLASTests {
    static let shapes: [[Int]] = [
        [1, 1, 1], [1, 7, 5], [7, 1, 5], [7, 5, 1], [3, 4, 2], [16, 16, 16], [17, 15, 33], [64, 31, 100], [5, 129, 3],
        // Tiles and panels cut off on each side, several blocks of levels, columns and rows, and pieces for threads.
        [13, 32, 16], [26, 64, 200], [14, 33, 193], [25, 48, 400], [6, 70, 90], [850, 40, 210], [40, 530, 30],
    ]
    static let transpositions: [Transposition] = [.none, .left, .right]
    private let random = RandomStream(seed: 40)

    /// op(A)·op(B) in double precision, not by way of the library's own oracle.
    private func reference(_ a: Tensor, _ b: Tensor, _ transposition: Transposition, _ m: Int, _ n: Int, _ k: Int)
        -> [Double]
    {
        (0..<m * n).map { index in
            let (i, j) = (index / n, index % n)
            return (0..<k).reduce(0.0) { total, l in
                let left = transposition == .left ? a[l * m + i] : a[i * k + l]
                let right = transposition == .right ? b[j * k + l] : b[l * n + j]
                return total + Double(left) * Double(right)
            }
        }
    }

    @Test("gemm agrees with the definition for all transpositions, α and β", arguments: shapes, transpositions)
    func agrees(_ shape: [Int], _ transposition: Transposition) {
        let (m, n, k) = (shape[0], shape[1], shape[2])
        let a = gridTensor(transposition == .left ? [k, m] : [m, k], random["a"])
        let b = gridTensor(transposition == .right ? [n, k] : [k, n], random["b"])
        let expected = reference(a, b, transposition, m, n, k)
        expectClose(matmul(a, b, transposing: transposition), expected, floor: 1)
        let old = gridTensor([m, n], random["c"])
        for (alpha, beta) in [(Float(1), Float(1)), (-0.5, 0), (2, -1.5)] {
            var c = old
            gemm(a, b, transposing: transposition, into: &c, alpha: alpha, beta: beta)
            let sum = zip(expected, old.doubles).map { Double(alpha) * $0.0 + Double(beta) * $0.1 }
            expectClose(c, sum, "α \(alpha), β \(beta)", floor: 1)
        }
        #expect(old == gridTensor([m, n], random["c"]), "a copy of C was written")
    }

    @Test("with β = 0 the old content is not read", arguments: transpositions)
    func betaZero(_ transposition: Transposition) {
        var c = Tensor(repeating: .nan, shape: [4, 4])
        let (a, b) = (gridTensor([4, 4], random["a"]), gridTensor([4, 4], random["b"]))
        gemm(a, b, transposing: transposition, into: &c)
        expectClose(c, reference(a, b, transposition, 4, 4, 4), floor: 1)
        // No inner extent: the sum is empty.
        var empty = Tensor(repeating: .nan, shape: [2, 3])
        gemm(.zeros([2, 0]), .zeros([0, 3]), into: &empty)
        #expect(empty == .zeros([2, 3]))
        #expect(matmul(.zeros([0, 3]), .zeros([3, 2])).shape == [0, 2])
    }

    @Test("a product into one of its own factors") func aliased() {
        let a = gridTensor([5, 5], random["a"])
        var c = a
        gemm(a, c, into: &c)
        expectClose(c, reference(a, a, .none, 5, 5, 5), floor: 1)
    }

    @Test("the self-test passes, and its oracle is a loop of its own") func verify() throws {
        try BLAS.verify()
        #expect(!BLAS.core.isEmpty)
        let (a, b) = (gridTensor([3, 5], random["a"]), gridTensor([5, 4], random["b"]))
        expectClose(BLAS.naiveProduct(a, b), reference(a, b, .none, 3, 4, 5), tolerance: 1e-6, floor: 1)
    }

    @Test("shapes that do not fit are refused") func misfit() async {
        await #expect(processExitsWith: .failure) { _ = matmul(.zeros([2, 3]), .zeros([2, 3])) }
    }

    @Test("parallel products are bit-equal to serial ones") func parallel() async {
        let (a, b) = (gridTensor([65, 130], random["a"]), gridTensor([130, 33], random["b"]))
        let serial = matmul(a, b)
        await withTaskGroup(of: Tensor.self) { group in
            for _ in 0..<50 { group.addTask { matmul(a, b) } }
            for await product in group { #expect(product == serial) }
        }
    }
}
