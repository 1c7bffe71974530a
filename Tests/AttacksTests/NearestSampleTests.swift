import Tensors
import Testing

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
}
