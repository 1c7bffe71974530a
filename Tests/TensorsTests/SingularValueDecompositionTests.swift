import Tensors
import Testing

/// A matrix of standard normal numbers.
func normalMatrix(_ rows: Int, _ columns: Int, _ random: RandomStream) -> RealMatrix {
    RealMatrix(random.normalTensor([rows, columns]))
}

@Suite struct SingularValueDecompositionTests {
    private let random = RandomStream(seed: 61)

    private func largest(_ matrix: RealMatrix) -> Double { matrix.elements.reduce(0) { max($0, abs($1)) } }

    private func identity(_ order: Int) -> RealMatrix {
        RealMatrix(rows: order, columns: order) { $0 == $1 ? 1 : 0 }
    }

    @Test("Singular values that one can see: a diagonal one with signs, and [3 0; 4 5]")
    func byHand() throws {
        let diagonal = RealMatrix([0, -2, 0, 0, 0, 3, 0.5, 0, 0], rows: 3, columns: 3)
        let values = try diagonal.singularValues()
        #expect(zip(values, [3, 2, 0.5]).allSatisfy { abs($0 - $1) < 1e-15 })
        // AᵀA = [25 20; 20 25] has the eigenvalues 45 and 5.
        let other = try RealMatrix([3, 0, 4, 5], rows: 2, columns: 2).singularValues()
        #expect(abs(other[0] - 45.0.squareRoot()) < 1e-14 && abs(other[1] - 5.0.squareRoot()) < 1e-14)
    }

    @Test(
        "Left, values and right multiply to the matrix, and are orthonormal",
        arguments: [[1, 1], [1, 5], [6, 1], [4, 9], [9, 4], [7, 7]])
    func reconstruction(_ shape: [Int]) throws {
        let a = normalMatrix(shape[0], shape[1], random)
        let svd = try a.singularValueDecomposition()
        let kept = min(shape[0], shape[1])
        #expect(svd.values.count == kept && zip(svd.values, svd.values.dropFirst()).allSatisfy { $0 >= $1 })
        let scaled = RealMatrix(rows: shape[0], columns: kept) { svd.left[$0, $1] * svd.values[$1] }
        #expect(largest(scaled * svd.right - a) < 1e-13)
        #expect(largest(svd.left.transposed * svd.left - identity(kept)) < 1e-14)
        #expect(largest(svd.right * svd.right.transposed - identity(kept)) < 1e-14)
        let alone = try a.singularValues()
        #expect(zip(alone, svd.values).allSatisfy { abs($0 - $1) < 1e-13 })
    }

    @Test("A product of rank three has three singular values above rounding")
    func rank() throws {
        let a = normalMatrix(20, 3, random["left"]) * normalMatrix(3, 12, random["right"])
        let values = try a.singularValues()
        #expect(values[2] > 0.5 && values[3] < 1e-13)
    }

    @Test("What is not finite is refused, and what is empty has no values")
    func refused() throws {
        #expect(throws: LinearAlgebraError.notFinite) {
            try RealMatrix([1, .nan], rows: 1, columns: 2).singularValues()
        }
        #expect(try RealMatrix([], rows: 0, columns: 2).singularValues() == [])
    }
}
