import Foundation
import Tensors
import Testing

@testable import Attacks

@Suite struct LBFGSTests {
    /// Σ aᵢ(zᵢ − cᵢ)² of each row, with scales from 1 to 100.
    private func quadratic(_ centres: Tensor) -> LBFGS.Objective {
        { z in
            let d = z.columns
            let scales = (0..<d).map { 1 + 99 * Double($0) / Double(d - 1) }
            let differences = (z - centres).values.map(Double.init)
            let values = (0..<z.rows).map { row in
                (0..<d).reduce(0) { $0 + scales[$1] * differences[row * d + $1] * differences[row * d + $1] }
            }
            let gradients = differences.enumerated().map { Float(2 * scales[$0 % d] * $1) }
            return (values, Tensor(gradients, shape: z.shape))
        }
    }

    /// (1 − x)² + 100(y − x²)².
    private func rosenbrock(_ z: Tensor) -> (values: [Double], gradients: Tensor) {
        var (values, gradients) = ([Double](), [Float]())
        for row in 0..<z.rows {
            let (x, y) = (Double(z.row(row)[0]), Double(z.row(row)[1]))
            values.append((1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x))
            gradients += [Float(-2 * (1 - x) - 400 * x * (y - x * x)), Float(200 * (y - x * x))]
        }
        return (values, Tensor(gradients, shape: z.shape))
    }

    @Test("Quadratics of condition 100 are solved in few iterations, each with its own minimum")
    func quadratics() throws {
        let centres = RandomStream(seed: 1).normalTensor([5, 8])
        let found = try LBFGS(iterations: 40).minimise(.zeros([5, 8]), quadratic(centres))
        #expect(found.values.allSatisfy { $0 < 1e-8 })
        #expect(zip(found.points.values, centres.values).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test("Memory is what makes it fast: steepest descent alone does not arrive")
    func memory() throws {
        let centres = RandomStream(seed: 1).normalTensor([5, 8])
        let few = try LBFGS(iterations: 40, memory: 1).minimise(.zeros([5, 8]), quadratic(centres))
        let many = try LBFGS(iterations: 40, memory: 8).minimise(.zeros([5, 8]), quadratic(centres))
        #expect(zip(many.values, few.values).allSatisfy { $0 <= $1 })
        #expect((few.values.max() ?? 0) > 100 * (many.values.max() ?? 0))
    }

    @Test("Rosenbrock's valley is followed to its end from three sides")
    func valley() throws {
        let start = Tensor([-1.2, 1, 2, -1, 0, 0], shape: [3, 2])
        let found = try LBFGS(iterations: 120).minimise(start, rosenbrock)
        #expect(found.values.allSatisfy { $0 < 1e-8 })
        #expect(found.points.values.allSatisfy { abs($0 - 1) < 1e-3 })
    }

    @Test("A problem's course does not depend on the others, to the last bit")
    func independent() throws {
        let start = Tensor([-1.2, 1, 2, -1, 0, 0], shape: [3, 2])
        let together = try LBFGS(iterations: 25).minimise(start, rosenbrock)
        for row in 0..<3 {
            let alone = try LBFGS(iterations: 25).minimise(start.rows(row..<row + 1), rosenbrock)
            #expect(alone.points == together.points.rows(row..<row + 1))
            #expect(alone.values[0] == together.values[row])
        }
    }

    @Test("The value never rises, the evaluations are counted, and a row at its minimum stays there")
    func course() throws {
        var previous = Double.infinity
        for iterations in [0, 1, 2, 5, 10, 20] {
            var evaluations = 0
            let found = try LBFGS(iterations: iterations).minimise(Tensor([-1.2, 1], shape: [1, 2])) { z in
                evaluations += 1
                return rosenbrock(z)
            }
            #expect(evaluations == iterations + 1)
            #expect(found.values[0] <= previous)
            previous = found.values[0]
        }
        let minimum = Tensor([1, 1], shape: [1, 2])
        #expect(try LBFGS(iterations: 5).minimise(minimum, rosenbrock).points == minimum)
    }

    @Test("A value that is not finite is too high, not a descent")
    func notFinite() throws {
        // ln has no value below zero, and the first step from 0.01 overshoots.
        let found = try LBFGS(iterations: 60).minimise(Tensor([0.01], shape: [1, 1])) { z in
            let x = Double(z.scalar)
            return ([x > 0 ? x - 0.5 * log(x) : .nan], Tensor([Float(1 - 0.5 / x)], shape: [1, 1]))
        }
        #expect(abs(found.points.scalar - 0.5) < 1e-3)
    }
}
