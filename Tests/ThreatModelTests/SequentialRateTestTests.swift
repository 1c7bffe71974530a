import Foundation
import Tensors
import Testing
import ThreatModel

@Suite("A sequential test of a rate")
struct SequentialRateTestTests {
    private func alarms(_ accounts: Int, _ trials: Int, rate: Double, seed: UInt64) -> [Int] {
        (0..<accounts).compactMap { account in
            var test = SequentialRateTest(rate: 0.05, level: 0.1)
            let coins = RandomStream(seed: seed)[account].coinFlips(trials, probability: rate)
            return coins.firstIndex { test.observe($0) }
        }
    }

    @Test("The wealth is the mean likelihood ratio")
    func byHand() {
        var test = SequentialRateTest(rate: 0.2, level: 0.01)
        #expect(test.logWealth == 0)
        #expect(!test.observe(true) && !test.observe(false))
        let ratios = (1...7).map { step in
            let higher = 0.2 + 0.1 * Double(step)
            return higher / 0.2 * (1 - higher) / 0.8
        }
        #expect(abs(test.logWealth - Foundation.log(ratios.reduce(0, +) / 7)) < 1e-12)
    }

    @Test("At the rate itself at most a tenth of 400 accounts are ever rejected in 150 trials at level 0.1")
    func level() {
        let found = alarms(400, 150, rate: 0.05, seed: 1).count
        // Ville's bound is 40; the 99.9 % quantile of a binomial at the bound is 59.
        #expect(found <= 59)
        #expect(found > 0, "a test that never rejects has no power either")
    }

    @Test("A rate of 0.4 is rejected in every one of 100 accounts, mostly within 20 trials")
    func power() {
        let found = alarms(100, 150, rate: 0.4, seed: 2).sorted()
        #expect(found.count == 100 && found[50] < 20)
    }
}
