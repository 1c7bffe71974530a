import Autograd
import Foundation
import Mechanisms
import Tensors
import Testing

@Suite("Bounded updates of users")
struct BoundedUpdatesTests {
    private let start = model(RandomStream(seed: 1))

    private static func model(_ random: RandomStream, scale: Float = 1, columns: Int = 4) -> Parameters {
        var parameters = Parameters()
        parameters["weight"] = random["weight"].normalTensor([3, columns], deviation: scale)
        parameters["bias"] = random["bias"].normalTensor([3], deviation: scale)
        return parameters
    }

    /// Where eight users arrive, some near, some far.
    private var ends: [Parameters] {
        (0..<8).map { user in
            var end = start
            let change = Self.model(RandomStream(seed: 2)[user], scale: 0.02 * pow(2, Float(user)))
            for name in end.names { end[name].add(change[name], times: 1) }
            return end
        }
    }

    private func sum(_ ends: [Parameters], _ norm: Double) -> Parameters {
        var sum = BoundedUpdates(of: start, clippedTo: norm)
        for end in ends { sum.add(from: start, to: end) }
        return sum.released(noiseMultiplier: 0, noise: .seeded(RandomStream(seed: 0)))
    }

    @Test("The sum is that of updates clipped as a whole, in double precision", arguments: [0.05, 0.5, 100])
    func clipping(norm: Double) {
        var expected = [Double](repeating: 0, count: 15)
        for end in ends {
            let update = ["weight", "bias"].flatMap { name in
                zip(end[name].values, start[name].values).map { Double($0) - Double($1) }
            }
            let size = update.reduce(0) { $0 + $1 * $1 }.squareRoot()
            expected = zip(expected, update).map { $0 + $1 * min(1, norm / size) }
        }
        let found = sum(ends, norm)
        let values = found["weight"].values + found["bias"].values
        for (a, b) in zip(values, expected) { #expect(abs(Double(a) - b) < 1e-5 * max(1, norm)) }
    }

    @Test("Removing any one user moves the sum by the clipping norm at most, and an unclipped sum by more")
    func sensitivity() {
        let all = sum(ends, 0.3)
        let moves = ends.indices.map { left in
            distance(all, sum(ends.enumerated().filter { $0.offset != left }.map(\.element), 0.3))
        }
        #expect(moves.allSatisfy { $0 <= 0.3 * (1 + 1e-5) })
        #expect((moves.max() ?? 0) > 0.299)
        #expect(distance(sum(ends, 1e9), sum(ends.dropLast(), 1e9)) > 1)
    }

    @Test("A user whose update is not finite counts as zero", arguments: [Float.nan, .infinity, 3e38])
    func notFinite(poison: Float) {
        var broken = start
        broken["weight"][3] = poison
        let clean = sum(ends, 0.3)
        let moved = distance(clean, sum(ends + [broken], 0.3))
        #expect(moved <= 0.3 * (1 + 1e-5) && (poison == 3e38 || moved == 0))
    }

    @Test(
        "The noise has the deviation noise multiplier × clipping norm, and not two thirds or half as much again of it")
    func noise() {
        let wide = Self.model(RandomStream(seed: 1), columns: 4000)
        let draw = BoundedUpdates(of: wide, clippedTo: 0.3)
            .released(noiseMultiplier: 2, noise: .seeded(RandomStream(seed: 4)))["weight"].values
        let variance = draw.reduce(0) { $0 + Double($1) * Double($1) } / Double(draw.count)
        // The sample variance of n normals has the relative deviation √(2/n); 3.29 of them are level 0.001.
        let error = 3.29 * (2 / Double(draw.count)).squareRoot()
        for (factor, isRight) in [(1.0, true), (2 / 3, false), (3 / 2, false)] {
            let deviation = 0.6 * factor
            #expect((abs(variance / deviation / deviation - 1) < error) == isRight, "\(factor)")
        }
    }
}
