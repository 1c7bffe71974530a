import Accounting
import Foundation
import Tensors
import Testing

@testable import Mechanisms

@Suite("Noisy maxima of votes")
struct NoisyMaximumTests {
    private let random = RandomStream(seed: 31)

    private func labels(_ counts: [Int]) -> [Int32] {
        counts.enumerated().flatMap { [Int32](repeating: Int32($0.offset), count: $0.element) }
    }

    private func answer(_ aggregation: NoisyMaximum, _ counts: [Int], _ index: Int) throws -> NoisyMaximum.Answer {
        try aggregation.answer(
            TeacherVotes(labels(counts), classes: counts.count), noise: .seeded(random[index]))
    }

    /// How many standard errors the share of a winner among many draws lies from what noise of `sigma` gives.
    private func deviations(_ share: Double, _ expected: Double, _ count: Int) -> Double {
        abs(share - expected) / (expected * (1 - expected) / Double(count)).squareRoot()
    }

    @Test("The winner comes as often as noise of σ on each class makes it, and not as ⅔σ or 1½σ (level 0.001)")
    func noise() throws {
        let (count, sigma, lead) = (4000, 6.0, 8.0)
        let aggregation = NoisyMaximum(sigma: sigma)
        let wins = try (0..<count).count { try answer(aggregation, [14, 6], $0).label == 0 }
        func expected(_ sigma: Double) -> Double { erfc(-lead / (2 * sigma)) / 2 }
        let share = Double(wins) / Double(count)
        #expect(deviations(share, expected(sigma), count) < 3.29)
        #expect(deviations(share, expected(sigma * 2 / 3), count) > 3.29)
        #expect(deviations(share, expected(sigma * 3 / 2), count) > 3.29)
    }

    @Test("The check passes as often as noise of σ₁ makes it, and not as ⅔σ₁ or 1½σ₁ (level 0.001)")
    func threshold() throws {
        let (count, sigma) = (4000, 5.0)
        let aggregation = NoisyMaximum(sigma: 1, threshold: .init(votes: 20, sigma: sigma))
        let passed = try (0..<count).count { try answer(aggregation, [16, 2], $0).label != nil }
        func expected(_ sigma: Double) -> Double { erfc(4 / sigma / 2.0.squareRoot()) / 2 }
        let share = Double(passed) / Double(count)
        #expect(deviations(share, expected(sigma), count) < 3.29)
        #expect(deviations(share, expected(sigma * 2 / 3), count) > 3.29)
        #expect(deviations(share, expected(sigma * 3 / 2), count) > 3.29)
    }

    @Test("The noise of the check is not that of the answer, and every query has its own")
    func independence() throws {
        // If one draw served both, a check that only just passes would push the winner up.
        let aggregation = NoisyMaximum(sigma: 10, threshold: .init(votes: 30, sigma: 10))
        let answered = try (0..<6000).compactMap { try answer(aggregation, [10, 10], $0).label }
        let share = Double(answered.count { $0 == 0 }) / Double(answered.count)
        #expect(answered.count > 60)
        #expect(deviations(share, 0.5, answered.count) < 3.29)
        #expect(Set(answered) == [0, 1])
    }

    @Test("One moved vote changes the histogram by √2 at most, over all neighbours of small ensembles")
    func sensitivity() {
        var largest = 0.0
        let classes: Int32 = 3
        for code in 0..<81 {
            let votes = (0..<4).map { Int32(code / [1, 3, 9, 27][$0] % 3) }
            for teacher in 0..<4 {
                for label in 0..<classes {
                    var moved = votes
                    moved[teacher] = label
                    let squares = (0..<classes).map { c in
                        let change = Double(votes.count { $0 == c } - moved.count { $0 == c })
                        return change * change
                    }
                    largest = max(largest, squares.reduce(0, +).squareRoot())
                }
            }
        }
        #expect(largest == 2.0.squareRoot())
        let event = NoisyMaximum(sigma: 40).answerEvent
        #expect(event == .gaussian(noiseMultiplier: 40 / largest))
    }

    @Test("An answer costs the check and the noisy maximum, a refusal the check alone")
    func events() throws {
        let sure = NoisyMaximum(sigma: 4, threshold: .init(votes: 1, sigma: 3))
        let check = PrivacyEvent.gaussian(noiseMultiplier: 3)
        let maximum = PrivacyEvent.gaussian(noiseMultiplier: 4 / 2.0.squareRoot())
        let answered = try answer(sure, [60, 0], 0)
        #expect(answered.label == 0 && answered.event == .composed([check, maximum]))
        #expect(answered.sensitive.count == 2)
        let unsure = NoisyMaximum(sigma: 4, threshold: .init(votes: 100, sigma: 3))
        let refused = try answer(unsure, [60, 0], 0)
        #expect(refused.label == nil && refused.event == check)
        #expect(try refused.sensitive == [.threshold(votes: [60, 0], threshold: 100, sigma: 3)])
        let plain = try answer(NoisyMaximum(sigma: 4), [60, 0], 0)
        #expect(plain.event == .composed([maximum]))
        #expect(try plain.sensitive == [.noisyMaximum(votes: [60, 0], sigma: 4)])
        let all = try PrivacyLedger(sure.event(queries: 50, answers: 20))
        #expect(try all == PrivacyLedger(.composed([.repeated(maximum, count: 20), .repeated(check, count: 50)])))
        let capped = try PrivacyLedger(NoisyMaximum(sigma: 4).event(queries: 5, answers: 20))
        #expect(try capped == PrivacyLedger(.repeated(maximum, count: 5)))
    }
}
