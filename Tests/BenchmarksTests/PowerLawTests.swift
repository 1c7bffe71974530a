import Foundation
import Testing

@testable import Benchmarks

@Suite("A fitted power law")
struct PowerLawTests {
    @Test("finds the exponent of an exact law, without error", arguments: [0.0, 0.5, 1, 2])
    func exact(exponent: Double) {
        let x: [Double] = [4, 8, 16, 32, 64]
        let law = PowerLaw(x: x, y: x.map { 3 * pow($0, exponent) })
        #expect(abs(law.exponent - exponent) < 1e-12 && law.standardError < 1e-12)
    }

    @Test("has the standard error of the slope")
    func standardError() {
        // ln x = −1, 0, 1 and ln y = −1, 3, 1: slope 1, residuals −1, 2, −1, so √(6 / (3 − 2) / 2).
        let law = PowerLaw(x: [exp(-1), 1, exp(1)], y: [exp(-1), exp(3), exp(1)])
        #expect(abs(law.exponent - 1) < 1e-12 && abs(law.standardError - 3.0.squareRoot()) < 1e-12)
    }
}
