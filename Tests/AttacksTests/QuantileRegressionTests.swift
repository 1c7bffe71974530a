import Foundation
import Statistics
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct QuantileRegressionTests {
    /// A signal whose mean and spread depend on one feature, with members above it.
    private struct Simulation {
        let table: SignalTable
        let truth: [Bool]

        init(gap: Double) {
            let random = RandomStream(seed: 8)
            let (count, others) = (1000, 800)
            let truth = random["truth"].coinFlips(count)
            let x = random["x"].normalTensor([count + others, 1])
            let noise = random["noise"].normalTensor([count + others, 1])
            let values = (0..<count + others).map { index -> Double in
                let feature = Double(x.values[index])
                return 4 * feature + exp(0.5 * feature) * Double(noise.values[index])
            }
            let target = (0..<count).map { values[$0] + (truth[$0] ? gap * exp(0.5 * Double(x.values[$0])) : 0) }
            self.truth = truth
            table = SignalTable(
                target: target, population: Array(values[count...]), features: x.rows(0..<count),
                populationFeatures: x.rows(count..<count + others))
        }

        func auc(_ scores: [Double]) throws -> Double { try ROC(scores: scores, isMember: truth).auc }
    }

    @Test("What is easy by nature no longer passes for a member", arguments: QuantileRegression.Variant.allCases)
    func power(variant: QuantileRegression.Variant) throws {
        let simulation = Simulation(gap: 1.5)
        let scores = try QuantileRegression(variant: variant, landmarks: 16).scores(simulation.table)
        // Knowing the law of the simulation gives Φ(1.5/√2) = 0.856.
        #expect(try simulation.auc(scores) > 0.82)
        #expect(try simulation.auc(simulation.table.target) < 0.65)
    }

    @Test("With nothing to find it finds nothing", arguments: QuantileRegression.Variant.allCases)
    func null(variant: QuantileRegression.Variant) throws {
        let simulation = Simulation(gap: 0)
        let scores = try QuantileRegression(variant: variant, landmarks: 16).scores(simulation.table)
        let auc = try ROC(scores: scores, isMember: simulation.truth).aucEstimate(confidence: 0.999)
        #expect(auc.interval.contains(0.5))
    }

    @Test("The Gaussian variant standardises non-members: mean 0, deviation 1")
    func standardised() throws {
        let simulation = Simulation(gap: 0)
        let moments = Moments(of: try QuantileRegression(landmarks: 16).scores(simulation.table))
        #expect(abs(moments.mean) < 0.15)
        #expect((0.8...1.25).contains(moments.populationStandardDeviation))
    }

    @Test("Predicted quantiles hold the share of non-members that they promise")
    func coverage() throws {
        let simulation = Simulation(gap: 0)
        let scores = try QuantileRegression(variant: .pinball, landmarks: 16).scores(simulation.table)
        for level in [0.5, 0.9] {
            let share = Double(scores.count { $0 <= level }) / Double(scores.count)
            #expect(abs(share - level) < 0.05, "\(share) at \(level)")
        }
    }

    @Test("Without features, or with a population too small to learn from, it says so")
    func lacking() {
        #expect(throws: ThreatModelError.self) {
            try QuantileRegression().scores(SignalTable(target: [1], population: [1]))
        }
        let few = SignalTable(
            target: [1], population: [1, 2], features: .zeros([1, 1]), populationFeatures: .zeros([2, 1]))
        #expect(throws: ThreatModelError.self) { try QuantileRegression().scores(few) }
    }
}
