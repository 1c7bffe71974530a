import TestSupport
import Testing

@testable import Tensors

@Suite("Minimal filtering") struct MinimalFilteringTests {
    private static let sizes = (1...5).flatMap { outputs in (1...4).map { (outputs, $0) } }
        .filter { (3...7).contains($0 + $1) }

    /// M·x in double precision.
    private func product(_ matrix: MinimalFiltering.Matrix, _ x: [Double]) -> [Double] {
        (0..<matrix.rows).map { row in
            (0..<matrix.columns).reduce(0) { sum, column in
                sum + Double(matrix.elements[row * MinimalFiltering.Matrix.stride + column]) * x[column]
            }
        }
    }

    @Test("m outputs of r taps need m + r − 1 multiplications", arguments: sizes)
    private func filter(outputs: Int, taps: Int) {
        let filtering = MinimalFiltering(outputs: outputs, taps: taps)
        #expect(filtering.points == outputs + taps - 1)
        let random = RandomStream(seed: 41)
        let x = random["x"].uniformTensor([filtering.points], -1, 1).doubles
        let w = random["w"].uniformTensor([taps], -1, 1).doubles
        let products = zip(product(filtering.filter, w), product(filtering.input, x)).map(*)
        let expected = (0..<outputs).map { i in (0..<taps).reduce(0) { $0 + w[$1] * x[i + $1] } }
        for (found, expected) in zip(product(filtering.output, products), expected) {
            #expect(abs(found - expected) < 3e-6)
        }
    }

    @Test("a sandwich is M·X·Mᵀ in each lane", arguments: sizes)
    private func sandwich(outputs: Int, taps: Int) {
        let matrix = MinimalFiltering(outputs: outputs, taps: taps).output
        let n = matrix.columns
        let x = RandomStream(seed: 42).uniformTensor([n * n, 16], -1, 1)
        var result = Tensor(repeating: .nan, shape: [matrix.rows * matrix.rows, 16])
        let to = unsafe result.mutablePointer()
        unsafe Scratch.with(16 * matrix.rows * n) { room in
            unsafe matrix.sandwich(room: room) {
                unsafe load(x.pointer + ($0 * n + $1) * 16)
            } _: {
                unsafe store($2, to + ($0 * matrix.rows + $1) * 16)
            }
        }
        for lane in [0, 7, 15] {
            let columns = (0..<n).map { column in
                product(matrix, (0..<n).map { Double(x[($0 * n + column) * 16 + lane]) })
            }
            for row in 0..<matrix.rows {
                let expected = product(matrix, columns.map { $0[row] })
                for (column, expected) in expected.enumerated() {
                    #expect(abs(Double(result[(row * matrix.rows + column) * 16 + lane]) - expected) < 1e-4)
                }
            }
        }
    }

    @Test("a transposed matrix has its columns as rows") func transposition() {
        let matrix = MinimalFiltering(outputs: 4, taps: 2).output
        let transposed = matrix.transposed
        #expect(transposed.rows == 5 && transposed.columns == 4 && transposed != matrix)
        #expect(transposed.transposed == matrix)
    }
}
