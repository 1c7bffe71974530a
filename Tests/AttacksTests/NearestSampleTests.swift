import Models
import Statistics
import Tensors
import Testing
import ThreatModel
import Training

@testable import Attacks

@Suite struct NearestSampleTests {
    @Test("The score is minus the squared distance to the nearest sample, across blocks, and zero for a copy")
    func naive() {
        let random = RandomStream(seed: 3)
        let candidates = random["candidates"].uniformTensor([20, 9])
        var samples = random["samples"].uniformTensor([1500, 9])
        for column in 0..<9 { samples[1200 * 9 + column] = candidates[4 * 9 + column] }
        let scores = NearestSample.scores(candidates: candidates, samples: samples)
        let naive = (0..<20).map { record in
            (0..<1500).reduce(-Double.infinity) { best, sample in
                let distance = zip(candidates.row(record), samples.row(sample)).reduce(0.0) {
                    $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
                }
                return max(best, -distance)
            }
        }
        #expect(largestError(scores, naive) < 1e-5)
        #expect(abs(scores[4]) < 1e-5)
        #expect(scores.allSatisfy { $0 <= 0 })
    }

    @Test("Calibrated, the distance to the reference's samples is taken off")
    func reference() {
        let candidates = Tensor([0, 4], shape: [2, 1])
        let scores = NearestSample.scores(
            candidates: candidates, samples: Tensor([1, 6], shape: [2, 1]), reference: Tensor([3], shape: [1, 1]))
        #expect(scores == [-1 + 9, -4 + 1])
    }

    private func play(_ attack: NearestSample, _ change: (inout Knowledge) -> Void = { _ in }) throws -> [Double] {
        let arena = try Arena.variationalAutoencoder()
        var knowledge = try arena.knowledge(nil)
        knowledge.recipe = Recipe(arena.victim.architecture, epochs: 20, batchSize: 20, optimiser: .adam(rate: 3e-3))
        change(&knowledge)
        return try attack.run(
            against: SamplesOnly(to: Victim(arena.victim), meter: QueryMeter(budget: attack.samples)),
            knowing: knowledge, random: RandomStream(seed: 7)
        ).values
    }

    @Test("In principal components and calibrated, an overfitted victim gives its members away")
    func calibrated() throws {
        let truth = try Arena.variationalAutoencoder().truth
        for attack in [
            NearestSample(samples: 1500, distance: .pca, components: 20),
            NearestSample(samples: 1500, calibrated: true),
        ] {
            let auc = try ROC(scores: play(attack), isMember: truth).aucEstimate(confidence: 0.999)
            #expect(auc.interval.lower > 0.5, "\(attack): \(auc.value)")
        }
    }

    @Test("What the settings need besides is asked for, before any query")
    func knowledge() {
        let attack = NearestSample(samples: 10, calibrated: true)
        let lacking: [(inout Knowledge) -> Void] = [
            { $0.trainer = nil }, { $0.recipe = nil }, { $0.population = $0.population.slice(0..<0) },
        ]
        for change in lacking { #expect(throws: ThreatModelError.self) { try play(attack, change) } }
        #expect(throws: ThreatModelError.missingKnowledge("population records", attack: "nearest-sample")) {
            try play(NearestSample(samples: 10, distance: .pca)) { $0.population = $0.population.slice(0..<0) }
        }
    }
}
