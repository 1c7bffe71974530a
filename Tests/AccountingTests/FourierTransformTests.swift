import Foundation
import Testing

@testable import Accounting

@Suite("The Fourier transform")
struct FourierTransformTests {
    /// Numbers without a pattern, by a rule that needs no generator.
    private func numbers(_ count: Int) -> [Double] { (0..<count).map { sin(Double($0 * $0) + 0.3) } }

    /// The definition, with angles reduced so that they stay exact.
    private func directSum(_ values: [Double]) -> [Double] {
        let n = values.count / 2
        return (0..<n).flatMap { k -> [Double] in
            var (re, im) = (0.0, 0.0)
            for j in 0..<n {
                let angle = -2 * Double.pi * Double(j * k % n) / Double(n)
                re += values[2 * j] * cos(angle) - values[2 * j + 1] * sin(angle)
                im += values[2 * j] * sin(angle) + values[2 * j + 1] * cos(angle)
            }
            return [re, im]
        }
    }

    @Test("It equals the direct sum for every power of two", arguments: 0...9)
    func definition(power: Int) {
        var values = numbers(2 << power)
        let expected = directSum(values)
        FourierTransform(count: 1 << power).forward(&values)
        #expect(zip(values, expected).allSatisfy { abs($0 - $1) < 1e-12 * Double(1 << power) })
    }

    @Test("Of real numbers it is the first half of the complex one", arguments: 1...9)
    func real(power: Int) {
        let values = numbers(1 << power)
        let expected = directSum(values.flatMap { [$0, 0] })
        let spectrum = RealFourierTransform(count: 1 << power).forward(values)
        #expect(spectrum.count == (1 << power) + 2)
        for k in 0...(1 << (power - 1)) {
            let wrapped = k % (1 << power)
            #expect(abs(spectrum[2 * k] - expected[2 * wrapped]) < 1e-12 * Double(1 << power))
            #expect(abs(spectrum[2 * k + 1] - expected[2 * wrapped + 1]) < 1e-12 * Double(1 << power))
        }
    }

    @Test("The inverse restores real numbers to fifteen digits, also many of them", arguments: [1, 2, 3, 10, 16])
    func inverse(power: Int) {
        let values = numbers(1 << power)
        let transform = RealFourierTransform(count: 1 << power)
        let restored = transform.inverse(transform.forward(values))
        #expect(zip(values, restored).allSatisfy { abs($0 - $1) < 4e-15 })
    }
}
