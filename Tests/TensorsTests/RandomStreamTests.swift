import Foundation
import Tensors
import TestSupport
import Testing

@Suite("A random stream is addressed, not drawn from") struct RandomStreamTests {
    private let root = RandomStream(seed: 7)

    /// Computed by a Python program from FNV-1a, SplitMix64 and Philox4x32-10: results must stay reproducible.
    @Test("a stream's numbers are those of its path, for ever") func pinned() {
        let words = root["shadow"][17]["init"].words(128)
        #expect(Array(words[0..<4]) == [0x991b_b938, 0x9183_96f3, 0x043c_0eeb, 0xc271_d0b0])
        #expect([words[16], words[63], words[64], words[127]] == [0xdf39_b735, 0x99f0_7e80, 0x3b9e_1496, 0x1244_f806])
    }

    @Test("a prefix does not depend on how much is asked for", arguments: [0, 1, 15, 16, 17, 63, 64, 65, 200])
    func prefixes(_ count: Int) {
        #expect(root.words(count) == Array(root.words(1000).prefix(count)))
        #expect(root.normalTensor([count]).values == Array(root.normalTensor([1000]).values.prefix(count)))
        #expect(root.uniforms(count) == Array(root.uniforms(1000).prefix(count)))
    }

    @Test("an element can be asked for alone") func alone() {
        let words = root.words(256)
        for index in 0..<128 {
            let (block, position) = (index / 32, index % 32)
            let first = 64 * block + (position < 16 ? position : 16 + position)
            #expect(root.integer(index) == UInt64(words[first]) << 32 | UInt64(words[first + 16]))
        }
        #expect(Set((0..<10_000).map(root.integer)).count == 10_000)
    }

    @Test("drawing from one stream changes no other") func independence() {
        let before = root["b"].words(10)
        _ = root["a"].words(1000)
        #expect(root["b"].words(10) == before)
        #expect(RandomStream(seed: 7)["b"].words(10) == before)
    }

    @Test("all children differ, from each other and from their parent") func children() {
        var streams = [root, root["a"]["b"], root["b"]["a"], root["ab"], root["1"], root[""], RandomStream(seed: 8)]
        streams += (-2..<2000).map { root[$0] }
        streams += (0..<2000).map { root["x"][$0] }
        streams += (0..<200).flatMap { outer in (0..<10).map { root["x"][outer]["\($0)"] } }
        #expect(Set(streams.map { $0.integer(0) }).count == streams.count)
    }

    @Test("sibling streams are uncorrelated: their words agree in half of the bits") func siblings() {
        for index in 0..<20 {
            let (a, b) = (root[index].words(1000), root[index + 1].words(1000))
            let agreements = zip(a, b).reduce(0) { $0 + (~($1.0 ^ $1.1)).nonzeroBitCount }
            // 32,000 fair bits: five deviations are 447.
            #expect(abs(agreements - 16000) < 447)
        }
    }

    @Test("uniform numbers lie in [0, 1) and fill sixteen cells evenly", arguments: 0..<5)
    func uniforms(_ seed: UInt64) {
        let stream = RandomStream(seed: seed)
        for values in [stream.uniforms(16000).map(Double.init), (0..<16000).map(stream.uniform)] {
            #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
            var cells = [Int](repeating: 0, count: 16)
            for value in values { cells[Int(value * 16)] += 1 }
            // Chi-square with 15 degrees of freedom, level 1e-4.
            #expect(chiSquare(cells) < 44.3)
        }
        #expect(stream.uniformTensor([100], -3, -1).values.allSatisfy { $0 >= -3 && $0 <= -1 })
    }

    @Test("coin flips have the stated rate", arguments: [0.0, 0.01, 0.5, 0.9, 1.0])
    func coinFlips(_ rate: Double) {
        let count = 100_000
        let heads = root["coins"].coinFlips(count, probability: rate).filter { $0 }.count
        let deviation = (Double(count) * rate * (1 - rate)).squareRoot()
        #expect(abs(Double(heads) - Double(count) * rate) <= 4.5 * deviation)
    }

    @Test("a permutation holds each index once", arguments: [0, 1, 2, 3, 64, 1001])
    func permutation(_ count: Int) { #expect(root.permutation(count).sorted() == Array(0..<count)) }

    /// Chi-square with 23 degrees of freedom at level 1e-4.
    @Test("all permutations of four are equally likely") func fairShuffle() {
        func statistic(_ shuffle: (RandomStream) -> [Int]) -> Double {
            var counts: [[Int]: Int] = [:]
            for index in 0..<24000 { counts[shuffle(root["shuffle"][index]), default: 0] += 1 }
            return chiSquare(Array(counts.values) + [Int](repeating: 0, count: 24 - counts.count))
        }
        #expect(statistic { $0.permutation(4) } < 56.0)
        // Negative control: swapping each place with any place is the well-known unfair shuffle.
        let unfair = statistic { stream in
            var order = Array(0..<4)
            for place in 0..<4 { order.swapAt(place, Int(stream.integer(place) % 4)) }
            return order
        }
        #expect(unfair > 56.0)
    }

    /// The critical value of √n·D at level 1e-4 is 2.23; five seeds, so a false alarm has probability 5e-4 (and the
    /// seeds are fixed).
    @Test("normal numbers pass a Kolmogorov–Smirnov test", arguments: 0..<5)
    func normals(_ seed: UInt64) {
        let values = RandomStream(seed: seed)["normal"].normalTensor([20_000]).doubles
        #expect(kolmogorovSmirnov(values) < 2.23)
        // Negative controls: a tenth too wide, and a tenth off centre.
        #expect(kolmogorovSmirnov(values.map { $0 * 1.1 }) > 2.23)
        #expect(kolmogorovSmirnov(values.map { $0 + 0.1 }) > 2.23)
    }

    @Test("normal numbers have the moments and tails of a normal distribution") func moments() {
        let count = 1_000_000
        let values = root["moments"].normalTensor([count]).doubles
        #expect(values.allSatisfy { $0.isFinite && abs($0) < 5.9 })
        // Five standard errors: 1, √2, √15 and √96 times 1e-3.
        for (power, (expected, error)) in [(0.0, 0.005), (1, 0.0071), (0, 0.0194), (3, 0.049)].enumerated() {
            let moment = values.reduce(0) { $0 + pow($1, Double(power + 1)) } / Double(count)
            #expect(abs(moment - expected) < error, "moment \(power + 1)")
        }
        for (bound, probability) in [(2.0, 0.0455003), (3, 0.0026998), (4, 6.3342e-5)] {
            let expected = Double(count) * probability
            let beyond = Double(values.filter { abs($0) > bound }.count)
            #expect(abs(beyond - expected) < 5 * expected.squareRoot(), "beyond \(bound)")
        }
    }

    @Test("the two numbers of a Box–Muller pair, and neighbours, are uncorrelated", arguments: [1, 16, 32, 64])
    func lags(_ lag: Int) {
        let values = root["lags"].normalTensor([200_000]).doubles
        let products = (0..<values.count - lag).reduce(0.0) { $0 + values[$1] * values[$1 + lag] }
        #expect(abs(products) < 4.5 * Double(values.count).squareRoot())
        let squares = (0..<values.count - lag).reduce(0.0) {
            $0 + (values[$1] * values[$1] - 1) * (values[$1 + lag] * values[$1 + lag] - 1)
        }
        #expect(abs(squares) < 4.5 * 2 * Double(values.count).squareRoot())
    }

    @Test("a deviation scales") func deviation() {
        expectClose(root.normalTensor([3, 7], deviation: 2.5), root.normalTensor([3, 7]) * 2.5, tolerance: 1e-6)
    }

    @Test("true flips are those of coin flips", arguments: [0, 1, 63, 64, 1000, 5003], [0, 0.004, 0.5, 1])
    func trueFlips(count: Int, probability: Double) {
        let flips = RandomStream(seed: 3)["flips"].coinFlips(count, probability: probability)
        #expect(
            RandomStream(seed: 3)["flips"].trueFlips(count, probability: probability)
                == flips.indices.filter { flips[$0] })
    }
}

private func chiSquare(_ counts: [Int]) -> Double {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    return counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
}

/// √n·sup|F_n − Φ|.
private func kolmogorovSmirnov(_ values: [Double]) -> Double {
    let n = Double(values.count)
    let distance = values.sorted().enumerated().reduce(0.0) { worst, pair in
        let cumulative = 0.5 * erfc(-pair.element / 2.0.squareRoot())
        return max(worst, cumulative - Double(pair.offset) / n, Double(pair.offset + 1) / n - cumulative)
    }
    return n.squareRoot() * distance
}
