import Foundation
import Lab
import Statistics
import Tensors
import Testing

@Suite("Noise distribution")
struct NoiseDistributionTests {
    private let steps = 50
    private let width = 40

    /// Independent normal noise of deviation 1.
    private func noise(_ seed: UInt64) -> [Double] {
        RandomStream(seed: seed).normalTensor([steps * width]).values.map(Double.init)
    }

    private func verdict(_ values: [Double], level: Double = 0.999) -> Verdict {
        NoiseDistribution.verdict(on: NoiseMatrix(steps: steps, values), level: level)
    }

    @Test("The correct twin is accepted at least as often as stated (level 95 % over 150 seeds, test level 0.001)")
    func falseAlarms() {
        let lab = TinyLab()
        let alarms = (0..<150).count { seed in
            NoiseDistribution.verdict(on: lab.trace(.correct, steps: 40, seed: UInt64(seed)).noise, level: 0.95)
                .isCaught
        }
        #expect(Binomial(trials: 150, probability: 0.05).probability(atLeast: alarms) > 0.001, "\(alarms) alarms")
    }

    @Test("Independent noise raises alarms about as often as the level allows (2000 seeds, test level 0.001)")
    func calibration() {
        let pValues = (0..<2000).map { verdict(noise(UInt64(1000 + $0))).pValue ?? 1 }
        let law = Binomial(trials: 2000, probability: 0.1)
        let alarms = pValues.count { $0 < 0.1 }
        #expect(law.probability(atLeast: alarms) > 0.001, "\(alarms) alarms")
        // Nine tests that overlap little: far fewer alarms would mean tests that never speak.
        #expect(alarms > 100, "\(alarms) alarms")
    }

    @Test(
        "Two thirds and one and a half times the deviation are rejected, by the variance", arguments: [2.0 / 3, 1.5])
    func scale(factor: Double) {
        let found = verdict(noise(1).map { factor * $0 })
        #expect(found.isCaught && abs(found.worst.statistic - factor * factor) < 0.3)
        #expect(found.words.hasPrefix("the variance"))
    }

    @Test("No noise at all is rejected, and so is what is no number")
    func nothing() {
        #expect(verdict([Double](repeating: 0, count: steps * width)).isCaught)
        #expect(verdict([.nan] + noise(1).dropFirst()).isCaught)
    }

    @Test("Laplace noise of the right variance is rejected by its distribution")
    func laplace() {
        let uniform = RandomStream(seed: 3)
        let values = (0..<steps * width).map { index -> Double in
            let u = uniform.uniform(index) - 0.5
            return -(u < 0 ? -1.0 : 1.0) * log(1 - 2 * abs(u)) / 2.0.squareRoot()
        }
        let found = verdict(values)
        #expect(
            found.isCaught
                && found.checks.first { $0.name == "the distribution" }.map { ($0.pValue ?? 1) < 1e-4 } == true)
    }

    private func worst(_ values: [Double]) -> String {
        let found = verdict(values)
        return found.isCaught ? found.worst.name : "nothing"
    }

    @Test("A step without noise, and a coordinate without, are named")
    func silent() {
        var values = noise(5)
        for column in 0..<width { values[7 * width + column] = 0 }
        #expect(worst(values) == "the variance of one step")
        values = noise(5)
        for step in 0..<steps { values[step * width + 3] *= 1e-3 }
        #expect(worst(values) == "the variance of one coordinate")
    }

    @Test("Noise that all steps share, or all coordinates, is named")
    func shared() {
        let fresh = noise(6)
        let bySteps = fresh.indices.map { 0.8 * fresh[$0] + 0.6 * fresh[$0 % width] }
        #expect(worst(bySteps) == "what all steps share")
        let byCoordinates = fresh.indices.map { 0.8 * fresh[$0] + 0.6 * fresh[$0 / width * width] }
        #expect(worst(byCoordinates) == "what all coordinates share")
    }

    @Test("Noise that leans on the step before is named, and a vector that comes again much later too")
    func correlated() {
        let fresh = noise(8)
        let leaning = fresh.indices.map { $0 < width ? fresh[$0] : 0.8 * fresh[$0] - 0.6 * fresh[$0 - width] }
        #expect(worst(leaning) == "the correlation of neighbouring steps")
        var again = fresh
        for column in 0..<width { again[41 * width + column] = -fresh[2 * width + column] }
        #expect(worst(again) == "the correlation of two steps")
        var twins = fresh
        for step in 0..<steps { twins[step * width + 30] = fresh[step * width + 11] }
        #expect(worst(twins) == "the correlation of two coordinates")
    }
}
