import Foundation
import Tensors
import Testing

@testable import Attacks

@Suite struct GaussianMixtureTests {
    /// 300 records of N((−4, 0), diag(1, 0.25)) and 100 of N((4, 2), diag(0.04, 1)).
    private let records: Tensor = {
        let noise = RandomStream(seed: 8).normalTensor([400, 2]).values
        return Tensor(
            (0..<400).flatMap { row -> [Float] in
                let (a, b) = (noise[2 * row], noise[2 * row + 1])
                return row < 300 ? [-4 + a, 0.5 * b] : [4 + 0.2 * a, 2 + b]
            }, shape: [400, 2])
    }()

    private func mixture(_ components: Int, iterations: Int = 100, seed: UInt64 = 1) -> GaussianMixture {
        GaussianMixture(
            fitting: records, components: components, iterations: iterations, random: RandomStream(seed: seed))
    }

    @Test("Two clusters that lie apart are found, with their weights, means and variances")
    func clusters() {
        let found = mixture(2)
        let (large, small) = found.weights[0] > found.weights[1] ? (0, 1) : (1, 0)
        #expect(abs(found.weights[large] - 0.75) < 1e-6)
        #expect(zip(found.means[large], [-4, 0]).allSatisfy { abs($0 - $1) < 0.15 })
        #expect(zip(found.means[small], [4, 2]).allSatisfy { abs($0 - $1) < 0.3 })
        #expect(zip(found.variances[large], [1, 0.25]).allSatisfy { abs($0 / $1 - 1) < 0.2 })
        #expect(zip(found.variances[small], [0.04, 1]).allSatisfy { abs($0 / $1 - 1) < 0.4 })
    }

    @Test("One component is the maximum-likelihood Gaussian, and its density the Gaussian's")
    func single() {
        // One maximisation, from wherever the start was, is enough.
        let found = mixture(1, iterations: 0)
        let values = (0..<2).map { column in (0..<400).map { Double(records.row($0)[column]) } }
        let means = values.map { $0.reduce(0, +) / 400 }
        let variances = zip(values, means).map { column, mean in
            column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 400
        }
        #expect(largestError(found.means[0], means) < 1e-9)
        #expect(largestError(found.variances[0], variances) < 1e-4)
        let density = found.logDensities(of: Tensor([1, -2], shape: [1, 2]))[0]
        let expected = zip([1.0, -2.0], zip(means, variances)).reduce(0.0) { sum, part in
            let (mean, variance) = part.1
            return sum - 0.5 * (part.0 - mean) * (part.0 - mean) / variance - 0.5 * log(2 * Double.pi * variance)
        }
        #expect(abs(density - expected) < 1e-4)
    }

    @Test("The likelihood never falls, and is the mean of the densities that the fit returns")
    func likelihood() {
        for seed in 1...4 as ClosedRange<UInt64> {
            let course = mixture(5, seed: seed).course
            #expect(course.count > 2)
            #expect(zip(course, course.dropFirst()).allSatisfy { $1 >= $0 - 1e-5 })
        }
        let (fit, next) = (mixture(3, iterations: 4), mixture(3, iterations: 5))
        let mean = fit.logDensities(of: records).reduce(0, +) / 400
        #expect(abs(next.course[4] - mean) < 1e-9)
    }

    @Test("The same seed gives the same mixture, another one another start")
    func seeds() {
        #expect(mixture(4, iterations: 1).means == mixture(4, iterations: 1).means)
        #expect(mixture(4, iterations: 1).means != mixture(4, iterations: 1, seed: 2).means)
    }

    @Test("Copies of one record have a finite density, and there are no more components than records")
    func copies() {
        let copies = Tensor([Float](repeating: 2, count: 6), shape: [3, 2])
        let found = GaussianMixture(fitting: copies, components: 9, random: RandomStream(seed: 1))
        #expect(found.weights.count == 3)
        #expect(abs(found.weights.reduce(0, +) - 1) < 1e-9)
        #expect(found.logDensities(of: copies).allSatisfy { $0.isFinite })
    }
}
