import Foundation
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct DOMIASTests {
    private let samples = RandomStream(seed: 1).normalTensor([300, 2])
    private let population = RandomStream(seed: 2).normalTensor([300, 2], deviation: 2)
    private let candidates = Tensor([0, 0, 1, -1, 3, 3, -5, 0], shape: [4, 2])

    private func scores(_ estimator: DOMIAS.Estimator, isCompared: Bool = true) throws -> [Double] {
        try DOMIAS.scores(
            candidates: candidates, samples: samples, population: isCompared ? population : nil, estimator: estimator,
            neighbours: 40, mixture: 1)
    }

    @Test("The ratio of two Gaussians is found, by each estimator", arguments: DOMIAS.Estimator.allCases)
    func ratio(estimator: DOMIAS.Estimator) throws {
        // ln N(x; 1) − ln N(x; 2) in the plane: 2 ln 2 − 3/8·‖x‖².
        let found = try scores(estimator)
        let exact = [0.0, 2, 18, 25].map { 1.3862944 - 0.375 * $0 }
        for index in 0..<2 { #expect(abs(found[index] - exact[index]) < 0.5, "\(found)") }
        // Far from all samples no estimate is exact, but the sign is clear.
        for index in 2..<4 { #expect(found[index] < -0.2, "\(found)") }
    }

    @Test("Without the population the score is the generator's density alone", arguments: DOMIAS.Estimator.allCases)
    func ablation(estimator: DOMIAS.Estimator) throws {
        let (both, alone) = try (scores(estimator), scores(estimator, isCompared: false))
        let swapped = try DOMIAS.scores(
            candidates: candidates, samples: population, population: nil, estimator: estimator, neighbours: 40,
            mixture: 1)
        #expect(largestError(both, zip(alone, swapped).map { $0 - $1 }) < 1e-12)
    }

    @Test("With neighbours the score is d·(ln r_R − ln r_G), up to the number of records")
    func radii() throws {
        let (own, other) = (
            NearestNeighbourDensity(fitting: samples, neighbours: 40).radii(of: candidates),
            NearestNeighbourDensity(fitting: population, neighbours: 40).radii(of: candidates)
        )
        let expected = zip(own, other).map { 2 * (log($1) - log($0)) }
        #expect(try largestError(scores(.neighbours), expected) < 1e-12)
    }

    @Test("Too few records, and records of another width, are refused")
    func mismatch() {
        #expect(throws: ThreatModelError.self) {
            try DOMIAS.scores(candidates: candidates, samples: samples.rows(0..<1), population: population)
        }
        #expect(throws: ThreatModelError.self) {
            try DOMIAS.scores(candidates: candidates, samples: samples, population: .zeros([9, 3]))
        }
    }
}
