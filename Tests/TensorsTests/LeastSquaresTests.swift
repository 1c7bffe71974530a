import Tensors
import Testing

@Suite struct LeastSquaresTests {
    private let random = RandomStream(seed: 62)

    @Test("A line through three points, by hand: slope 1/2, intercept 2/3")
    func line() throws {
        let a = RealMatrix([0, 1, 1, 1, 2, 1], rows: 3, columns: 2)
        let fit = try a.leastSquares(RealMatrix([1, 0.5, 2], rows: 3, columns: 1))
        #expect(abs(fit.solution[0, 0] - 0.5) < 1e-14 && abs(fit.solution[1, 0] - 2.0 / 3) < 1e-14)
        #expect(fit.rank == 2)
    }

    @Test("What was multiplied is found again, several right-hand sides at once")
    func exact() throws {
        let (a, x) = (normalMatrix(15, 6, random["a"]), normalMatrix(6, 4, random["x"]))
        let fit = try a.leastSquares(a * x)
        #expect((fit.solution - x).norm < 1e-12)
        #expect(fit.condition < 100)
    }

    @Test("The residual is orthogonal to the columns")
    func orthogonal() throws {
        let (a, b) = (normalMatrix(15, 6, random["a"]), normalMatrix(15, 2, random["b"]))
        let residual = try a * a.leastSquares(b).solution - b
        #expect(residual.norm > 1)
        #expect((a.transposed * residual).norm < 1e-13)
    }

    @Test("Fewer equations than unknowns: the solution of least norm, which lies in the rows' span")
    func underdetermined() throws {
        let fit = try RealMatrix([1, 1, 0], rows: 1, columns: 3).leastSquares(RealMatrix([2], rows: 1, columns: 1))
        #expect(zip(fit.solution.elements, [1, 1, 0]).allSatisfy { abs($0 - $1) < 1e-14 })
    }

    @Test("Columns that nearly depend on each other lower the rank where the tolerance says so")
    func dependent() throws {
        let a = normalMatrix(12, 2, random["a"])
        let noise = normalMatrix(12, 2, random["noise"])
        let doubled = a.joined(RealMatrix(rows: 12, columns: 2) { a[$0, $1] + 1e-8 * noise[$0, $1] })
        let b = normalMatrix(12, 1, random["b"])
        #expect(try doubled.leastSquares(b).rank == 4)
        let fit = try doubled.leastSquares(b, tolerance: 1e-6)
        let once = try a.leastSquares(b)
        #expect(fit.rank == 2 && fit.condition > 1e7)
        #expect((doubled * fit.solution - a * once.solution).norm < 1e-6)
    }
}
