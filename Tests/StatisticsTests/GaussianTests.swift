import Foundation
import Testing

@testable import Statistics

@Suite struct GaussianTests {
    @Test("Fitting takes the mean and the population deviation")
    func fitting() {
        let gaussian = Gaussian(fitting: [2, 4, 4, 4, 5, 5, 7, 9])
        #expect(gaussian == Gaussian(mean: 5, standardDeviation: 2))
        #expect(Gaussian(fitting: [1, 1, 1], floor: 0.25).standardDeviation == 0.25)
    }

    @Test("The density has its closed form and integrates to 1")
    func density() {
        let gaussian = Gaussian(mean: -1, standardDeviation: 3)
        let expected = -log(3) - log(2 * Double.pi) / 2 - 2
        #expect(isClose(gaussian.logDensity(at: 5), expected, within: 1e-15))
        let mass = stride(from: -40.0, through: 40, by: 0.5).reduce(0) { $0 + exp(gaussian.logDensity(at: $1)) }
        #expect(isClose(mass / 2, 1, within: 1e-14))
    }

    @Test("The probabilities are those of the standardised value")
    func probabilities() {
        let gaussian = Gaussian(mean: 10, standardDeviation: 2)
        #expect(gaussian.standardized(4) == -3)
        #expect(gaussian.probability(atMost: 10) == 0.5)
        #expect(gaussian.logProbability(atMost: -70) == logNormalCDF(-40))
    }
}
