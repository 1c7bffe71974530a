import Foundation
import TestSupport
import Testing

@testable import Statistics

@Suite struct BootstrapTests {
    private func exponentials(_ count: Int, using generator: inout SplitMix64) -> [Double] {
        (0..<count).map { _ in -log(Double.random(in: 0x1p-53..<1, using: &generator)) }
    }

    private func mean(_ values: [Double]) -> Double { Moments(of: values).mean }

    @Test("For the mean of many values the interval is close to Student's, and the same for the same seed")
    func agreesWithStudent() throws {
        var generator = SplitMix64(seed: 1)
        let sample = exponentials(400, using: &generator)
        var (first, second) = (SplitMix64(seed: 2), SplitMix64(seed: 2))
        let estimate = try Bootstrap().estimate(of: sample, confidence: 0.9, using: &first, statistic: mean)
        let again = try Bootstrap().estimate(of: sample, confidence: 0.9, using: &second, statistic: mean)
        let student = try meanInterval(sample, confidence: 0.9)
        #expect(estimate == again)
        #expect(estimate.value == student.value)
        #expect(abs(estimate.interval.lower - student.interval.lower) < 0.02)
        #expect(abs(estimate.interval.upper - student.interval.upper) < 0.02)
    }

    @Test("BCa of a skewed mean leans towards the long tail, as theory says to second order")
    func leansRight() throws {
        var generator = SplitMix64(seed: 3)
        let sample = exponentials(60, using: &generator)
        let moments = Moments(of: sample)
        let cubes = sample.reduce(0) { $0 + pow($1 - moments.mean, 3) } / 60
        let skewness = cubes / pow(moments.populationStandardDeviation, 3)
        let estimate = try Bootstrap(replicates: 20_000).estimate(
            of: sample, confidence: 0.95, using: &generator, statistic: mean)
        // Both ends move right by (2z² + 1)·skewness/(6√n) standard errors (Hall 1988).
        let z = normalQuantile(0.975)
        let standardError = moments.populationStandardDeviation / 60.0.squareRoot()
        let shift = (2 * z * z + 1) * skewness / (6 * 60.0.squareRoot()) * standardError
        let center = (estimate.interval.lower + estimate.interval.upper) / 2
        #expect(abs(center - moments.mean - shift) < 0.4 * shift)
    }

    @Test("The acceleration of a mean is a sixth of the skewness over √n")
    func accelerationOfMean() throws {
        var generator = SplitMix64(seed: 8)
        let sample = exponentials(25, using: &generator)
        let moments = Moments(of: sample)
        let cubes = sample.reduce(0) { $0 + pow($1 - moments.mean, 3) } / 25
        let expected = cubes / pow(moments.populationStandardDeviation, 3) / 6 / 5
        #expect(isClose(try Bootstrap().acceleration(of: sample, statistic: mean), expected, within: 1e-9))
    }

    @Test(
        "Nine in ten 90 % intervals of a skewed mean cover it; the negative control, the mean plus one, is not covered")
    func coverage() throws {
        var generator = SplitMix64(seed: 4)
        var (covered, controls) = (0, 0)
        for _ in 0..<300 {
            let sample = exponentials(50, using: &generator)
            let estimate = try Bootstrap(replicates: 400).estimate(
                of: sample, confidence: 0.9, using: &generator, statistic: mean)
            covered += estimate.interval.contains(1) ? 1 : 0
            controls += estimate.interval.contains(2) ? 1 : 0
        }
        // Level 1e-3 on both sides around a coverage of 0.88, which is BCa's at this sample size.
        #expect((245...283).contains(covered))
        #expect(controls < 3)
    }

    @Test("A constant sample has an interval without width")
    func constant() throws {
        var generator = SplitMix64(seed: 5)
        let estimate = try Bootstrap(replicates: 50).estimate(
            of: [2.0, 2, 2], confidence: 0.9, using: &generator, statistic: mean)
        #expect(estimate.interval == Interval(lower: 2, upper: 2, confidence: 0.9))
    }

    @Test("Pairs are resampled together")
    func pairs() throws {
        var generator = SplitMix64(seed: 6)
        let pairs = (0..<30).map { (x: Double($0), y: 2 * Double($0)) }
        let estimate = try Bootstrap(replicates: 100).estimate(of: pairs, confidence: 0.9, using: &generator) {
            pearsonCorrelation($0.map(\.x), $0.map(\.y)) ?? .nan
        }
        #expect(estimate.interval.lower > 0.999_999)
    }

    @Test("A single element and an undefined statistic are refused")
    func refusals() {
        var generator = SplitMix64(seed: 7)
        #expect(throws: StatisticsError.tooFew(needed: 2, found: 1)) {
            try Bootstrap().estimate(of: [1.0], confidence: 0.9, using: &generator, statistic: mean)
        }
        #expect(throws: StatisticsError.undefinedReplicate(0)) {
            try Bootstrap().estimate(of: [1.0, 2], confidence: 0.9, using: &generator) { _ in .nan }
        }
    }
}
