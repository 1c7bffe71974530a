import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct LatentSearchTests {
    private func scores(_ attack: LatentSearch, _ candidates: Tensor) throws -> [Double] {
        let arena = try Arena.gan()
        var knowledge = try arena.knowledge(nil)
        knowledge.candidates = Records(features: candidates)
        return try attack.run(
            against: WhiteBox(to: Victim(arena.victim), meter: QueryMeter()), knowing: knowledge,
            random: RandomStream(seed: 4)
        ).values
    }

    private func drawn(_ count: Int) throws -> Tensor {
        try SamplesOnly(to: Victim(Arena.gan().victim), meter: QueryMeter()).samples(count, RandomStream(seed: 50))
    }

    @Test(
        "Images that the generator can draw are found again, from every start", arguments: LatentSearch.Start.allCases)
    func recovers(start: LatentSearch.Start) throws {
        let drawn = try drawn(8)
        let few = try scores(LatentSearch(iterations: 0, start: start, samples: 100, normWeight: 0), drawn)
        let many = try scores(LatentSearch(iterations: 60, start: start, samples: 100, normWeight: 0), drawn)
        #expect(zip(few, many).allSatisfy { $0 < $1 })
        // From zero some searches end in another valley.
        #expect(-many.reduce(0, +) < -0.2 * few.reduce(0, +))
    }

    @Test("Gradients need fewer passes than function values for the same distance")
    func gradients() throws {
        let candidates = Arena.images.rows(0..<8)
        let byGradients = try scores(LatentSearch(iterations: 40, samples: 100, normWeight: 0), candidates)
        let arena = try Arena.gan()
        var knowledge = try arena.knowledge(nil)
        knowledge.candidates = Records(features: candidates)
        let byValues = try PartialBlackBox(samples: 100, evaluations: 41).run(
            against: LatentQueries(to: Victim(arena.victim), meter: QueryMeter()), knowing: knowledge,
            random: RandomStream(seed: 4)
        ).values
        #expect(byGradients.reduce(0, +) > byValues.reduce(0, +))
    }

    @Test("The term of the norm costs distance, and is no part of the score")
    func norm() throws {
        let candidates = Arena.images.rows(0..<8)
        let free = try scores(LatentSearch(iterations: 60, start: .zero, normWeight: 0), candidates)
        let bound = try scores(LatentSearch(iterations: 60, start: .zero, normWeight: 10), candidates)
        #expect(bound.reduce(0, +) < free.reduce(0, +))
        // At the start ‖z‖² = 0, so the term is λ₃·64 for each; the distance is what it was.
        let unmoved = try scores(LatentSearch(iterations: 0, start: .zero, normWeight: 10), candidates)
        let start = try scores(LatentSearch(iterations: 0, start: .zero, normWeight: 0), candidates)
        #expect(largestError(unmoved, start) < 1e-4)
    }
}
