import Autograd
import Models
import Statistics
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct NoiseRobustnessTests {
    @Test("The score is the share of copies with the record's own label")
    func byHand() throws {
        let predicted: [[Int32]] = [[0, 1, 2], [0, 0, 2], [1, 0, 2], [0, 1, 0]]
        #expect(try NoiseRobustness.scores(predicted: predicted, labels: [0, 0, 2]) == [0.75, 0.5, 0.75])
        #expect(throws: ThreatModelError.self) { try NoiseRobustness.scores(predicted: [], labels: [0]) }
        #expect(throws: ThreatModelError.self) {
            try NoiseRobustness.scores(predicted: [[0, 1], [0]], labels: [0, 1])
        }
    }

    private func play(_ attack: NoiseRobustness, _ features: Tensor, _ labels: [Int32], plane: Float = 0.9)
        throws -> [Double]
    {
        let knowledge = Knowledge(
            candidates: Records(features: features, labels: labels), population: Records(features: .zeros([0, 2])))
        // Class 1 to the right of the plane.
        var model = linearClassifier([[0, 0], [1, 0]])
        model.parameters["body.0.bias"] = Tensor([0, -plane])
        let meter = QueryMeter()
        let scores = try attack.run(
            against: LabelsOnly(to: Victim(model), meter: meter), knowing: knowledge, random: RandomStream(seed: 3))
        #expect(meter.queries == attack.copies * labels.count)
        return scores.values
    }

    @Test("Before a plane, the share is the normal probability of the distance in deviations")
    func plane() throws {
        let features = Tensor([0.8, 0.5, 0.7, 0.5, 0.5, 0.5, 0.9, 0.5, 0.8, 0.5], shape: [5, 2])
        let scores = try play(NoiseRobustness(copies: 2000, sigma: 0.2, clip: false), features, [0, 0, 0, 0, 1])
        for (score, deviations) in zip(scores, [0.5, 1, 2, 0]) { #expect(abs(score - normalCDF(deviations)) < 0.04) }
        #expect(abs(scores[4] - normalCDF(-0.5)) < 0.04)
    }

    @Test("Clipped noise cannot leave the unit cube")
    func clip() throws {
        let features = Tensor([1, 0.5], shape: [1, 2])
        #expect(try play(NoiseRobustness(copies: 200, sigma: 0.2), features, [0], plane: 1.2) == [1])
        let free = try play(NoiseRobustness(copies: 200, sigma: 0.2, clip: false), features, [0], plane: 1.2)
        #expect(abs(free[0] - normalCDF(1)) < 0.1)
    }
}
