import Foundation
import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct MonteCarloTests {
    /// Samples at 0, 1, 3, 6 and 10 on a line; candidates at 0, 2 and 20, whose nearest are 0, 1 and 10 away.
    private let samples = Tensor([0, 1, 3, 6, 10], shape: [5, 1])
    private let candidates = Tensor([0, 2, 20], shape: [3, 1])

    @Test("With the median of the nearest distances, the shares are those that one counts")
    func median() throws {
        // ε = 1: the first has 0 and 1 within, the second 1 and 3, the third none.
        #expect(try MonteCarlo.scores(candidates: candidates, samples: samples) == [0.4, 0.4, 0])
    }

    @Test("The logarithmic kernel weighs by ln(ε/d), bounded for a copy, and zero at the rim")
    func logarithm() throws {
        let scores = try MonteCarlo.scores(candidates: candidates, samples: samples, kernel: .logarithm)
        #expect(largestError(scores, [log(1e6) / 5, 0, 0]) < 1e-9)
        let nearer = try MonteCarlo.scores(
            candidates: Tensor([0.5, 2], shape: [2, 1]), samples: samples, kernel: .logarithm)
        // ε = 0.75: the first has two samples half a unit away.
        #expect(largestError(nearer, [2 * log(1.5) / 5, 0]) < 1e-6)
    }

    @Test("A percentile of all distances is a radius, up to a bin's width")
    func percentile() throws {
        // All distances, sorted: 0 1 1 1 2 3 4 6 8 10 10 14 17 19 20.
        let shares: [(Double, [Double])] = [
            (1, [0.2, 0, 0]), (20, [0.4, 0.4, 0]), (40, [0.6, 0.6, 0]), (100, [1, 1, 1]),
        ]
        for (percentile, expected) in shares {
            let scores = try MonteCarlo.scores(
                candidates: candidates, samples: samples, radius: .percentile, percentile: percentile)
            #expect(scores == expected, "\(percentile) %")
        }
    }

    @Test("With labels a candidate is compared with samples of its own class, at a radius for all")
    func classes() throws {
        let scores = try MonteCarlo.scores(
            candidates: candidates, samples: samples, candidateLabels: [7, 3, 7], sampleLabels: [3, 7, 3, 7, 7])
        // Class 7 has 1, 6 and 10, class 3 has 0 and 3; nearest 1, 1 and 10, so ε = 1.
        #expect(largestError(scores, [1.0 / 3, 0.5, 0]) < 1e-12)
        // One class is no class.
        let alone = try MonteCarlo.scores(
            candidates: candidates, samples: samples, candidateLabels: [1, 1, 1], sampleLabels: [1, 1, 1, 1, 1])
        #expect(alone == [0.4, 0.4, 0])
    }

    @Test("More samples than a block holds are all counted")
    func blocks() throws {
        let many = Tensor.concatenatedRows([Tensor](repeating: samples, count: 500))
        #expect(try MonteCarlo.scores(candidates: candidates, samples: many) == [0.4, 0.4, 0])
    }

    @Test("Widths, labels and classes that do not belong together are refused")
    func mismatches() throws {
        let bad: [() throws -> [Double]] = [
            { [candidates] in try MonteCarlo.scores(candidates: candidates, samples: .zeros([4, 2])) },
            { [candidates] in try MonteCarlo.scores(candidates: candidates, samples: .zeros([0, 1])) },
            { [candidates, samples] in
                try MonteCarlo.scores(candidates: candidates, samples: samples, candidateLabels: [1, 1, 1])
            },
            { [candidates, samples] in
                try MonteCarlo.scores(
                    candidates: candidates, samples: samples, candidateLabels: [1, 1], sampleLabels: [1, 1, 1, 1, 1])
            },
            { [candidates, samples] in
                try MonteCarlo.scores(
                    candidates: candidates, samples: samples, candidateLabels: [1, 2, 1], sampleLabels: [1, 1, 1, 1, 1])
            },
        ]
        for call in bad { #expect(throws: ThreatModelError.self) { try call() } }
    }

    @Test("Gradients of images whose size nobody knows are refused, of square ones they are taken")
    func sizes() throws {
        let attack = MonteCarlo(samples: 40, features: .hog, cell: 4, block: 2)
        let arena = try Arena.gan()
        let victim = SamplesOnly(to: Victim(arena.untrained), meter: QueryMeter())
        var knowledge = try arena.knowledge(nil)
        let square = try attack.run(against: victim, knowing: knowledge, random: RandomStream(seed: 1))
        #expect(Set(square.values).count > 1)
        knowledge.imageSize = ImageSize(width: 16, height: 4)
        #expect(throws: ThreatModelError.self) {
            try attack.run(against: victim, knowing: knowledge, random: RandomStream(seed: 1))
        }
        knowledge.imageSize = nil
        knowledge.candidates = Records(features: .zeros([3, 60]))
        #expect(throws: ThreatModelError.missingKnowledge("the size of the images", attack: "monte-carlo")) {
            try attack.run(against: victim, knowing: knowledge, random: RandomStream(seed: 1))
        }
    }

    @Test("A class-conditional generator is asked for each class alike, and needs labels of the candidates")
    func conditional() throws {
        let attack = MonteCarlo(samples: 31, features: .pixels)
        let network = VariationalAutoencoder(inputs: 64, hidden: [8], latents: 3, classes: 3)
        let victim = Victim(Model(untrained: .variationalAutoencoder(network), RandomStream(seed: 3)))
        let (meter, random) = (QueryMeter(), RandomStream(seed: 1))
        var knowledge = try Arena.gan().knowledge(nil)
        let images = knowledge.candidates.requiredFeatures
        let labels = (0..<Arena.candidateCount).map { Int32($0 % 3) }
        #expect(throws: ThreatModelError.self) {
            try attack.run(against: SamplesOnly(to: victim, meter: meter), knowing: knowledge, random: random)
        }
        knowledge.candidates = Records(features: images, labels: labels)
        let access = SamplesOnly(to: victim, meter: QueryMeter(budget: 31))
        let scores = try attack.run(against: access, knowing: knowledge, random: random).values
        let free = SamplesOnly(to: victim, meter: meter)
        let drawn = try (0..<3).map { try free.samples($0 == 0 ? 11 : 10, of: Int32($0), random["samples"][$0]) }
        let expected = try MonteCarlo.scores(
            candidates: images, samples: Tensor.concatenatedRows(drawn), candidateLabels: labels,
            sampleLabels: (0..<31).map { $0 < 11 ? 0 : $0 < 21 ? 1 : 2 })
        #expect(scores == expected && Set(scores).count > 1)
    }
}
