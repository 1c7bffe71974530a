import Foundation
import Tensors
import Testing

@testable import Attacks

/// Thirty records in the plane that are exact in single precision, and points near, far and very far.
enum PlaneGolden {
    static let records = Tensor(
        (0..<30).flatMap { (i: Int) -> [Float] in
            let x = Float(i * 7 % 13) - 6
            return [x, Float(i * 5 % 11) / 2 - 2 + x / 4]
        }, shape: [30, 2])
    static let points = Tensor([0, 0, 3.5, -1.25, -8, 5, 20, 20, 0.25, 0.75], shape: [5, 2])
}

@Suite struct KernelDensityTests {
    @Test("Log-densities are those of scipy's gaussian_kde with Scott's factor (scipy 1.17.1)")
    func golden() {
        let found = KernelDensity(fitting: PlaneGolden.records).logDensities(of: PlaneGolden.points)
        let expected = [
            -3.407748436675999, -4.437638464831518, -16.434866936603196, -281.4197825169628, -3.4400336293793865,
        ]
        #expect(largestError(found, expected) < 1e-5)
    }

    @Test("It integrates to one")
    func integral() {
        let density = KernelDensity(fitting: PlaneGolden.records)
        let (side, width) = (81, Float(0.4))
        let grid = (0..<side * side).flatMap { (cell: Int) -> [Float] in
            let (row, column) = (Float(cell / side - 40), Float(cell % side - 40))
            return [row * width, column * width]
        }
        let logs = density.logDensities(of: Tensor(grid, shape: [side * side, 2]))
        let mass = logs.reduce(0) { $0 + exp($1) } * Double(width) * Double(width)
        #expect(abs(mass - 1) < 1e-3)
    }

    @Test("More records than a block holds: the density of a set repeated is that of the set, but for the bandwidth")
    func blocks() {
        let many = Tensor.concatenatedRows([Tensor](repeating: PlaneGolden.records, count: 50))
        // Without the point so far off that a plain sum underflows.
        let points = PlaneGolden.points.gatherRows([0, 1, 2, 4])
        let found = KernelDensity(fitting: many).logDensities(of: points)
        let naive = naiveLogDensities(many, points)
        #expect(largestError(found, naive) < 1e-4)
    }

    @Test("Records that do not vary along a direction have a density nonetheless")
    func degenerate() {
        let flat = Tensor((0..<20).flatMap { [Float($0), 3] }, shape: [20, 2])
        let found = KernelDensity(fitting: flat).logDensities(of: Tensor([5, 3, 5, 4], shape: [2, 2]))
        #expect(found.allSatisfy { $0.isFinite })
        #expect(found[0] > found[1])
    }

    /// By the covariance's inverse, in double precision.
    private func naiveLogDensities(_ records: Tensor, _ points: Tensor) -> [Double] {
        let n = Double(records.rows)
        let covariance = SymmetricMatrix(covarianceOf: records).elements
        let factor = pow(n, -1.0 / 6)
        let (a, b, d) = (covariance[0], covariance[1], covariance[3])
        let determinant = (a * d - b * b) * pow(factor, 4)
        return (0..<points.rows).map { row in
            var sum = 0.0
            for record in 0..<records.rows {
                let x = Double(points.row(row)[0] - records.row(record)[0])
                let y = Double(points.row(row)[1] - records.row(record)[1])
                let form: Double = d * x * x - 2 * b * x * y + a * y * y
                sum += exp(-0.5 * form / (a * d - b * b) / (factor * factor))
            }
            return log(sum) - log(n) - 0.5 * log(determinant) - log(2 * Double.pi)
        }
    }
}
