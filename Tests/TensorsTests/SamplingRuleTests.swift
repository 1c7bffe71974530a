import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Sampling rules") struct SamplingRuleTests {
    /// Probabilities 0.4, 0.1, 0.2, 0.2, 0.1.
    private let logits = Tensor([0.4, 0.1, 0.2, 0.2, 0.1].map { Float(log($0)) }, shape: [1, 5])

    private func kept(_ rule: SamplingRule, _ logits: Tensor) -> [Int] {
        rule.probabilities(logits).values.enumerated().filter { $0.element > 0 }.map(\.offset)
    }

    @Test("top-k keeps exactly k, the smaller numbers of equals") func topK() {
        let sets = (1...6).map { kept(SamplingRule(topK: $0), logits) }
        #expect(sets == [[0], [0, 2], [0, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4]])
        expectClose(SamplingRule(topK: 2).probabilities(logits), [2 / 3.0, 0, 1 / 3.0, 0, 0], tolerance: 1e-6)
    }

    @Test("top-p keeps the smallest set of the likeliest that reaches p") func topP() {
        for (p, set) in [
            (0.01, [0]), (0.39, [0]), (0.41, [0, 2]), (0.59, [0, 2]), (0.61, [0, 2, 3]), (0.79, [0, 2, 3]),
            (0.81, [0, 1, 2, 3]), (0.91, [0, 1, 2, 3, 4]), (1, [0, 1, 2, 3, 4]),
        ] {
            #expect(kept(SamplingRule(topP: p), logits) == set, "p = \(p)")
        }
        expectClose(SamplingRule(topP: 0.5).probabilities(logits), [2 / 3.0, 0, 1 / 3.0, 0, 0], tolerance: 1e-6)
    }

    @Test("the temperature goes first, then top-k, then top-p of what top-k left") func order() {
        // At temperature ½ the probabilities go as 16, 1, 4, 4, 1.
        expectClose(
            SamplingRule(temperature: 0.5).probabilities(logits), [16, 1, 4, 4, 1].map { $0 / 26 }, tolerance: 1e-6)
        #expect(kept(SamplingRule(temperature: 0.5, topP: 0.6), logits) == [0])
        // Of the three likeliest the first has half, of all five 0.4.
        #expect(kept(SamplingRule(topK: 3, topP: 0.49), logits) == [0])
        #expect(kept(SamplingRule(topP: 0.49), logits) == [0, 2])
    }

    /// Sorts, where the rule selects.
    private func sortedSet(_ logits: [Float], _ rule: SamplingRule) -> [Int] {
        let order = logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }
        let left = order.prefix(rule.topK ?? .max)
        let weights = left.map { exp(Double(logits[$0]) / Double(rule.temperature)) }
        let target = rule.topP * weights.reduce(0, +)
        var (sum, count) = (0.0, 0)
        while sum < target - 1e-9, count < left.count {
            sum += weights[count]
            count += 1
        }
        return left.prefix(count).sorted()
    }

    @Test("selection finds what sorting finds", arguments: [1, 2, 7, 16, 17, 96, 500])
    func selection(_ vocabulary: Int) {
        for trial in 0..<40 {
            // A coarse grid, so that many are equal.
            let values = RandomStream(seed: 3)[trial].uniforms(vocabulary).map { ($0 * 40).rounded() / 8 }
            let rule = SamplingRule(
                temperature: 0.7, topK: trial % 3 == 0 ? nil : 1 + trial * vocabulary / 50,
                topP: trial % 2 == 0 ? 1 : 0.013 + Double(trial) / 41)
            let found = kept(rule, Tensor(values, shape: [1, vocabulary]))
            #expect(found == sortedSet(values, rule), "\(rule)")
        }
    }

    @Test("a draw is the place in the cumulated distribution") func draws() {
        let rule = SamplingRule(topK: 3)
        let draws = [0, 0.499, 0.501, 0.749, 0.751, 0.9999999]
        let rows = Tensor.concatenatedRows([Tensor](repeating: logits, count: draws.count))
        #expect(rule.choose(rows, draws: draws) == [0, 0, 2, 2, 3, 3])
    }

    /// Chi-square with 11, 3 and 5 degrees of freedom at level 1e-4 is below 38, 22 and 26.
    @Test("drawn tokens follow the probabilities") func frequencies() {
        let logits = gridTensor([1, 12], RandomStream(seed: 12), scale: 2)
        let count = 50_000
        let many = logits.gatherRows([Int](repeating: 0, count: count))
        func statistic(_ rule: SamplingRule, against other: SamplingRule) -> Double {
            let draws = (0..<count).map { RandomStream(seed: 13).uniform($0) }
            var counts = [Double](repeating: 0, count: 12)
            for token in rule.choose(many, draws: draws) { counts[Int(token)] += 1 }
            let expected = other.probabilities(logits).doubles.map { $0 * Double(count) }
            return zip(counts, expected).reduce(0) { total, pair in
                guard pair.1 > 0 else { return pair.0 > 0 ? .infinity : total }
                return total + (pair.0 - pair.1) * (pair.0 - pair.1) / pair.1
            }
        }
        for (rule, limit) in [
            (SamplingRule(temperature: 1.5), 38.0), (SamplingRule(topK: 4), 22), (SamplingRule(topK: 6, topP: 1), 26),
        ] {
            #expect(statistic(rule, against: rule) < limit)
            var other = rule
            other.temperature *= 1.1
            #expect(statistic(rule, against: other) > limit, "the negative control")
        }
    }

    @Test("greedy takes the largest logit, and needs no draw") func greedy() {
        #expect(SamplingRule.greedy.choose(Tensor([1, 3, 3, 2, 1, 0, 9, 9], shape: [2, 4]), draws: []) == [1, 2])
    }

    @Test("logits that are no numbers do not hang") func notANumber() {
        let broken = Tensor([Float](repeating: .nan, count: 20), shape: [1, 20])
        #expect(SamplingRule(topK: 3, topP: 0.5).choose(broken, draws: [0.5]).count == 1)
    }

    @Test("a rule out of range is refused") func range() async {
        await #expect(processExitsWith: .failure) { _ = SamplingRule(temperature: 0) }
        await #expect(processExitsWith: .failure) { _ = SamplingRule(topK: 0) }
        await #expect(processExitsWith: .failure) { _ = SamplingRule(topP: 0) }
    }
}
