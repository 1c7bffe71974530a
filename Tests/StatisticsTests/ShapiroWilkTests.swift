import Foundation
import TestSupport
import Testing

@testable import Statistics

@Suite struct ShapiroWilkTests {
    private struct Case: Decodable {
        var input: String
        var values: [Double]
        var statistic: Double
        var pValue: Double
    }

    @Test("Statistic and p-value equal the reference from 3 to 3000 values, normal and not")
    func golden() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/shapiro.json")
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
        #expect(cases.count == 8)
        for item in cases {
            let test = try ShapiroWilk(item.values)
            #expect(isClose(test.statistic, item.statistic, within: 1e-8), "\(item.input): \(test.statistic)")
            #expect(isClose(test.pValue, item.pValue, within: 1e-6), "\(item.input): \(test.pValue)")
        }
    }

    @Test("Neither shift, scale nor order matter, even at the ends of the number range")
    func invariance() throws {
        let values = [1.2, -0.4, 3.3, 0.1, 2.2, 0.9, -1.7, 5.0]
        let test = try ShapiroWilk(values)
        for scale in [1e-200, 3, 1e200] {
            let changed = try ShapiroWilk(values.reversed().map { ($0 + 7) * scale })
            #expect(isClose(changed.statistic, test.statistic, within: 1e-12))
            #expect(isClose(changed.pValue, test.pValue, within: 1e-10))
        }
    }

    @Test("The squares of all weights sum to one", arguments: [3, 4, 5, 6, 11, 12, 100, 5000])
    func weights(count: Int) {
        let weights = ShapiroWilk.coefficients(count)
        #expect(weights.count == count / 2)
        #expect(isClose(2 * weights.reduce(0) { $0 + $1 * $1 }, 1, within: 1e-12))
        #expect(zip(weights, weights.dropFirst()).allSatisfy { $0 > $1 })
    }

    @Test("Three equally spaced values are as normal as can be, and two equal ones as little")
    func three() throws {
        #expect(try isClose(ShapiroWilk([1, 2, 3]).pValue, 1, within: 1e-9))
        let worst = try ShapiroWilk([1, 1, 2])
        #expect(isClose(worst.statistic, 0.75, within: 1e-12))
        #expect(worst.pValue < 1e-7)
    }

    @Test("At 5 % one in twenty normal samples is rejected, and nearly every exponential one of 100")
    func level() throws {
        var generator = SplitMix64(seed: 31)
        func uniform() -> Double { Double.random(in: 0x1p-53..<1, using: &generator) }
        var (normals, exponentials) = (0, 0)
        for index in 0..<400 {
            normals += try ShapiroWilk((0..<20).map { _ in normalQuantile(uniform()) }).pValue < 0.05 ? 1 : 0
            guard index < 100 else { continue }
            exponentials += try ShapiroWilk((0..<100).map { _ in -log(uniform()) }).pValue < 0.05 ? 1 : 0
        }
        // 20 ± 3.3 standard deviations: level 1e-3.
        #expect((6...34).contains(normals), "\(normals)")
        #expect(exponentials > 95)
    }

    @Test("Too few, too many, infinite and equal values are refused with the reason")
    func refusals() {
        #expect(throws: StatisticsError.tooFew(needed: 3, found: 2)) { try ShapiroWilk([1, 2]) }
        #expect(throws: StatisticsError.tooMany(allowed: 5000, found: 5001)) {
            try ShapiroWilk((0...5000).map(Double.init))
        }
        #expect(throws: StatisticsError.notFinite(index: 1)) { try ShapiroWilk([1, -.infinity, 2]) }
        #expect(throws: StatisticsError.constant) { try ShapiroWilk([2, 2, 2, 2]) }
    }
}
