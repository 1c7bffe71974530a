import Autograd
import Foundation
import Mechanisms
import Tensors
import Testing

@Suite struct BoundedSumTests {
    /// Clips and adds each example's gradient in double precision.
    private func oracle(_ gradients: PerExampleGradients, _ norm: Double) -> [String: [Double]] {
        var sum: [String: [Double]] = [:]
        for gradient in gradients.explicit() {
            let weight = min(1, norm / gradient.norm)
            for name in gradient.names {
                let own = gradient[name].values.map { weight * Double($0) }
                sum[name] = sum[name].map { zip($0, own).map(+) } ?? own
            }
        }
        return sum
    }

    @Test(
        "The clipped sum is that of gradients written out, clipped and added one by one", arguments: [0.01, 0.5, 1e4])
    func sum(norm: Double) {
        let gradients = tinyGradients(tinyRecords(24))
        let expected = oracle(gradients, norm)
        let found = value(BoundedSum(clipping: gradients, to: norm))
        #expect(Set(found.names) == Set(expected.keys))
        for (name, values) in expected {
            let scale = values.map(abs).max() ?? 0
            for (a, b) in zip(found[name].values, values) { #expect(abs(Double(a) - b) <= 2e-6 * max(scale, norm)) }
        }
    }

    @Test("Removing any one record moves the sum by the clipping norm at most, and an unclipped sum by more")
    func sensitivity() {
        let (count, norm) = (20, 0.5)
        let records = tinyRecords(count)
        let whole = BoundedSum(clipping: tinyGradients(records), to: norm)
        let stated = whole.sensitivity
        #expect(stated == norm)
        let all = value(whole)
        let unclipped = value(BoundedSum(clipping: tinyGradients(records), to: 1e9))
        var (moves, unclippedMoves) = ([Double](), [Double]())
        for left in 0..<count {
            let neighbour = tinyGradients(records.gatherRows((0..<count).filter { $0 != left }))
            moves.append(distance(all, value(BoundedSum(clipping: neighbour, to: norm))))
            unclippedMoves.append(distance(unclipped, value(BoundedSum(clipping: neighbour, to: 1e9))))
        }
        #expect(moves.allSatisfy { $0 <= norm * (1 + 1e-5) })
        #expect((moves.max() ?? 0) > norm * 0.999, "no record reached the bound, so the test shows nothing")
        #expect((unclippedMoves.max() ?? 0) > 2 * norm)
    }

    @Test(
        "A record whose gradient is not finite counts as zero", arguments: [Float.nan, .infinity, -.infinity, 1e30])
    func notFinite(poison: Float) {
        var records = tinyRecords(8)
        let others = value(BoundedSum(clipping: tinyGradients(records.gatherRows([0, 1, 2, 4, 5, 6, 7])), to: 0.5))
        for column in 0..<3 { records[9 + column] = poison }
        let gradients = tinyGradients(records)
        let poisoned = value(BoundedSum(clipping: gradients, to: 0.5))
        let move = distance(poisoned, others)
        if gradients.norms()[3].isFinite {
            #expect(move <= 0.5 * (1 + 1e-5))
        } else {
            #expect(move <= 1e-6)
        }
    }

    @Test("When no gradient is finite the sum is zero, and still has every parameter")
    func nothingFinite() {
        let sum = value(BoundedSum(clipping: tinyGradients(Tensor(repeating: .nan, shape: [4, 3])), to: 1))
        #expect(sum.names == ["hidden.weight", "hidden.bias", "output.weight"])
        #expect(sum.norm == 0)
    }

    @Test("The sums of disjoint parts, merged, are the sum of the whole")
    func merging() {
        let records = tinyRecords(30)
        let whole = value(BoundedSum(clipping: tinyGradients(records), to: 0.3))
        var sum = BoundedSum(clipping: tinyGradients(records.rows(0..<7)), to: 0.3)
        sum.merge(BoundedSum(clipping: tinyGradients(records.rows(7..<7)), to: 0.3))
        sum.merge(BoundedSum(clipping: tinyGradients(records.rows(7..<30)), to: 0.3))
        let bound = sum.sensitivity
        #expect(bound == 0.3)
        #expect(distance(value(sum), whole) <= 1e-5)
    }

    @Test("Sums clipped to different norms do not merge")
    func differentNorms() async {
        await #expect(processExitsWith: .failure) {
            var sum = BoundedSum(clipping: tinyGradients(tinyRecords(2)), to: 0.3)
            sum.merge(BoundedSum(clipping: tinyGradients(tinyRecords(2)), to: 0.4))
        }
    }

    /// The noise that is added to nothing, over 21 000 coordinates.
    private func noise(_ multiplier: Double, norm: Double, _ random: RandomStream) -> Parameters {
        let tape = Tape(.perExample(count: 0))
        let x = tape.constant(.zeros([0, 200]))
        let output = linear(
            x, tape.parameter("weight", .zeros([100, 200])), tape.parameter("bias", .zeros([100])))
        tape.backward(from: rowSums(output))
        return BoundedSum(clipping: tape.perExampleGradients(), to: norm)
            .released(noiseMultiplier: multiplier, noise: .seeded(random))
    }

    /// Kolmogorov and Smirnov's statistic against N(0, deviation²), in units of its critical value at level 0.001.
    private func normality(_ values: [Float], _ deviation: Double) -> Double {
        let sorted = values.sorted()
        let count = Double(sorted.count)
        let distance = sorted.enumerated().reduce(0.0) { worst, item in
            let expected = erfc(-Double(item.element) / deviation / 2.0.squareRoot()) / 2
            return max(worst, expected - Double(item.offset) / count, Double(item.offset + 1) / count - expected)
        }
        return distance * count.squareRoot() / 1.949
    }

    @Test(
        "The noise is normal with deviation noise multiplier × clipping norm (Kolmogorov–Smirnov, level 0.001)",
        arguments: [(1.0, 1.0), (0.7, 3.0), (5.0, 0.01)])
    func noiseDistribution(multiplier: Double, norm: Double) {
        let draw = noise(multiplier, norm: norm, RandomStream(seed: 5))["weight"].values
        #expect(normality(draw, multiplier * norm) < 1)
        #expect(normality(draw, multiplier * norm * 1.1) > 1, "ten per cent too little noise went unnoticed")
        #expect(normality(draw, multiplier) > 1 || norm == 1, "noise without the clipping norm went unnoticed")
    }

    @Test("Noise is a function of its stream, and different parameters get different noise")
    func streams() {
        let first = noise(1, norm: 1, RandomStream(seed: 5))
        #expect(first == noise(1, norm: 1, RandomStream(seed: 5)))
        #expect(first["weight"] != noise(1, norm: 1, RandomStream(seed: 6))["weight"])
        #expect(first["weight"].row(0).prefix(100) != first["bias"].values[...])
    }
}
