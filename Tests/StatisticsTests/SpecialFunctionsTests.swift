import Foundation
import Testing

@testable import Statistics

@Suite struct SpecialFunctionsTests {
    @Test(
        "The log of the normal cdf equals mpmath's forty digits, far into both tails",
        arguments: [
            (-37, -689.0305855768905936), (-30, -454.32124395634319711), (-20, -203.91715537109726394),
            (-19.999, -203.89710611679704032), (-8, -35.013437159914549896), (-1, -1.8410216450092635058),
            (2, -0.023012909328963488465), (9, -1.1285884059538406478e-19),
        ])
    func logNormalCDFValues(x: Double, expected: Double) {
        #expect(isClose(logNormalCDF(x), expected, within: 2e-14))
    }

    @Test("The log of the normal cdf is continuous where its formula changes, and ends at minus infinity")
    func logNormalCDFSeams() {
        for seam in [-20.0, 0] {
            #expect(isClose(logNormalCDF(seam.nextDown), logNormalCDF(seam.nextUp), within: 1e-13))
        }
        #expect(logNormalCDF(-1e6) == logNormalDensity(-1e6) - log(1e6))
        #expect(logNormalCDF(-.infinity) == -.infinity)
        #expect(logNormalCDF(.infinity) == 0)
    }

    @Test(
        "The normal quantile equals mpmath's digits",
        arguments: [
            (1e-300, -37.047096299361199237), (1e-20, -9.2623400897984075737), (0.025, -1.9599639845400542355),
            (0.3, -0.52440051270804078404), (0.9995, 3.2905267314918947932), (0.5, 0),
        ])
    func quantileValues(probability: Double, expected: Double) {
        #expect(isClose(normalQuantile(probability), expected, within: 1e-14))
    }

    @Test("The normal quantile inverts the cdf over the whole range of doubles")
    func quantileInverts() {
        for exponent in stride(from: -300.0, through: -0.01, by: 0.37) {
            let p = pow(10, exponent)
            #expect(isClose(normalCDF(normalQuantile(p)), p, within: 1e-12))
        }
        #expect(normalQuantile(0) == -.infinity)
        #expect(normalQuantile(1) == .infinity)
    }

    @Test(
        "The incomplete beta function equals mpmath's digits",
        arguments: [
            (0.3, 2.5, 4, 0.352197585906767236), (1e-3, 0.5, 0.5, 0.020135041633377491),
            (0.999, 40, 1.5, 0.994065990175342121), (0.5, 5000, 5100, 0.840152870812137871),
        ])
    func betaValues(x: Double, a: Double, b: Double, expected: Double) {
        #expect(isClose(regularizedIncompleteBeta(x, a, b), expected, within: 1e-11))
    }

    @Test("The incomplete beta function has its closed forms and its symmetry")
    func betaClosedForms() {
        for x in [0, 1e-9, 0.1, 0.5, 0.93, 1] {
            #expect(isClose(regularizedIncompleteBeta(x, 7, 1), pow(x, 7), within: 1e-13))
            let mirroredPower = -expm1(4 * log1p(-x))
            #expect(isClose(regularizedIncompleteBeta(x, 1, 4), mirroredPower, within: 1e-13))
            let arcsine = 2 / Double.pi * asin(x.squareRoot())
            #expect(isClose(regularizedIncompleteBeta(x, 0.5, 0.5), arcsine, within: 1e-13))
            let mirrored = 1 - regularizedIncompleteBeta(1 - x, 6, 3)
            #expect(abs(regularizedIncompleteBeta(x, 3, 6) - mirrored) < 1e-14)
        }
    }

    @Test("The beta quantile inverts the incomplete beta function, also for probabilities of 1e-12")
    func betaInverts() {
        for (a, b) in [(1.0, 1.0), (0.5, 20), (3, 998), (400, 2), (20_000, 30_000)] {
            for probability in [1e-12, 1e-4, 0.025, 0.5, 0.975, 0.9999] {
                let x = inverseRegularizedIncompleteBeta(probability, a, b)
                #expect(isClose(regularizedIncompleteBeta(x, a, b), probability, within: 1e-9))
            }
        }
        #expect(inverseRegularizedIncompleteBeta(0, 2, 3) == 0)
        #expect(inverseRegularizedIncompleteBeta(1, 2, 3) == 1)
    }

    @Test("The log binomial coefficient equals Pascal's triangle")
    func binomialCoefficients() {
        var row = [1.0]
        for n in 1...50 {
            row = [1] + zip(row, row.dropFirst()).map(+) + [1]
            for k in 0...n { #expect(abs(logBinomialCoefficient(n, k) - log(row[k])) < 1e-12) }
        }
    }
}
