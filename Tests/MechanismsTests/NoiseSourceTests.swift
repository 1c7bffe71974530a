import Autograd
import Foundation
import Mechanisms
import Tensors
import Testing

@Suite("Sources of noise") struct NoiseSourceTests {
    /// 99 900 coordinates of noise that is added to nothing; the number is no multiple of any chunk.
    private func draw(_ source: NoiseSource, deviation: Double) -> [Double] {
        let tape = Tape(.perExample(count: 0))
        tape.backward(
            from: rowSums(linear(tape.constant(.zeros([0, 999])), tape.parameter("weight", .zeros([100, 999])))))
        let released = BoundedSum(clipping: tape.perExampleGradients(), to: 2)
            .released(noiseMultiplier: deviation / 2, noise: source)
        return released["weight"].values.map(Double.init)
    }

    private func sources(_ seed: UInt64) -> [NoiseSource] { [.seeded(RandomStream(seed: seed)), .secure] }

    /// The χ² statistic of the variance against `deviation`, in standard deviations of a normal.
    private func excess(_ values: [Double], _ deviation: Double) -> Double {
        let count = Double(values.count)
        let ratio = values.reduce(0) { $0 + $1 * $1 } / count / (deviation * deviation)
        return (ratio - 1) / (2 / count).squareRoot()
    }

    /// Kolmogorov and Smirnov's statistic in units of its critical value at level 10⁻⁶.
    private func distance(_ values: [Double], _ deviation: Double) -> Double {
        let count = Double(values.count)
        let worst = values.sorted().enumerated().reduce(0.0) { worst, item in
            let expected = erfc(-item.element / deviation / 2.0.squareRoot()) / 2
            return max(worst, expected - Double(item.offset) / count, Double(item.offset + 1) / count - expected)
        }
        return worst * count.squareRoot() / 2.694
    }

    // Secure noise differs from run to run, so its level is 10⁻⁶ each, that a run in a hundred thousand fails by chance.
    @Test("σ is accepted, and ⅔σ and 1½σ are rejected, by variance and by distribution (level 10⁻⁶ each)")
    func deviation() {
        for source in sources(3) {
            let values = draw(source, deviation: 1.5)
            #expect(abs(excess(values, 1.5)) < 4.89 && distance(values, 1.5) < 1)
            for wrong in [1.0, 2.25] {
                #expect(abs(excess(values, wrong)) > 4.89 && distance(values, wrong) > 1)
            }
            #expect(abs(values.reduce(0, +)) < 4.89 * 1.5 * Double(values.count).squareRoot())
        }
    }

    @Test("Neighbours are uncorrelated, at the distances of lanes, vectors, pairs and chunks (level 10⁻⁶ each)")
    func independence() {
        for source in sources(4) {
            let values = draw(source, deviation: 1)
            for lag in [1, 8, 16, 32, 64, 1024, 8192] {
                let count = values.count - lag
                let sum = (0..<count).reduce(0.0) { $0 + values[$1] * values[$1 + lag] }
                #expect(abs(sum) < 4.89 * Double(count).squareRoot(), "lag \(lag)")
            }
            // Draws that share a radius would have correlated squares.
            for lag in [16, 32] {
                let count = values.count - lag
                let sum = (0..<count).reduce(0.0) {
                    $0 + (values[$1] * values[$1] - 1) * (values[$1 + lag] * values[$1 + lag] - 1)
                }
                #expect(abs(sum) < 4.89 * 2 * Double(count).squareRoot(), "squares at lag \(lag)")
            }
        }
    }

    @Test("Secure noise is never the same twice, and no two of its chunks are the same")
    func fresh() {
        let (first, second) = (draw(.secure, deviation: 1), draw(.secure, deviation: 1))
        #expect(zip(first, second).count { $0 == $1 } < 100)
        let chunks = Set(stride(from: 0, to: first.count - 4, by: 1024).map { Array(first[$0..<$0 + 4]) })
        #expect(chunks.count == 98)
    }

    @Test("Seeded noise is a function of its seed, and says that it can be reproduced; secure noise says that it can't")
    func reproducible() {
        let seeded = NoiseSource.seeded(RandomStream(seed: 1))
        #expect(draw(seeded, deviation: 1) == draw(seeded, deviation: 1))
        #expect(seeded.isReproducible && !NoiseSource.secure.isReproducible)
    }

    @Test("Secure coins have their rate (level 10⁻⁶ each), and are certain at its ends")
    func coins() {
        for rate in [0.004, 0.5, 0.97] {
            let count = 100_000.0
            let found = Double(SecureRandom.coinFlips(100_000, probability: rate).count { $0 })
            #expect(abs(found - rate * count) < 4.89 * (rate * (1 - rate) * count).squareRoot())
        }
        #expect(SecureRandom.coinFlips(1000, probability: 1).allSatisfy { $0 })
        #expect(!SecureRandom.coinFlips(1000, probability: 0).contains(true))
        #expect(SecureRandom.coinFlips(0, probability: 0.5).isEmpty)
        #expect(SecureRandom.coinFlips(256, probability: 0.5) != SecureRandom.coinFlips(256, probability: 0.5))
    }
}
