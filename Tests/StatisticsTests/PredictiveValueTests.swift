import Testing

@testable import Statistics

@Suite struct PredictiveValueTests {
    /// 100 members, of which 30 score high, and 1000 non-members, of which 10 do.
    private let roc: ROC

    init() throws {
        let scores = (0..<1100).map { $0 < 30 || ($0 >= 100 && $0 < 110) ? 1.0 : 0 }
        roc = try ROC(scores: scores, isMember: (0..<1100).map { $0 < 100 })
    }

    @Test("By hand: a rate of 30 % at 1 % is worth 97 % at even odds and 23 % when one in a hundred is a member")
    func byHand() throws {
        for (prior, expected) in [(0.5, 0.3 / 0.31), (0.1, 0.03 / 0.039), (0.01, 0.003 / 0.0129)] {
            let value = try #require(
                roc.positivePredictiveValue(atFalsePositiveRate: 0.01, prior: prior, confidence: 0.95))
            #expect(isClose(value.value.value, expected, within: 1e-12))
            #expect(value.prior == prior)
            #expect(value.value.interval.contains(expected))
        }
    }

    @Test("The interval's ends are those of both rates at half the error probability")
    func interval() throws {
        let value = try #require(
            roc.positivePredictiveValue(atFalsePositiveRate: 0.01, prior: 0.1, confidence: 0.9))
        let hits = Interval.clopperPearson(successes: 30, trials: 100, confidence: 0.95)
        let alarms = Interval.clopperPearson(successes: 10, trials: 1000, confidence: 0.95)
        let lower = 0.1 * hits.lower / (0.1 * hits.lower + 0.9 * alarms.upper)
        let upper = 0.1 * hits.upper / (0.1 * hits.upper + 0.9 * alarms.lower)
        #expect(isClose(value.value.interval.lower, lower, within: 1e-12))
        #expect(isClose(value.value.interval.upper, upper, within: 1e-12))
    }

    @Test("No false positive gives 1 with a lower limit below; nothing flagged and an unresolvable rate give nothing")
    func ends() throws {
        let perfect = try ROC(scores: [2, 2, 1, 1], isMember: [true, true, false, false])
        let value = try #require(perfect.positivePredictiveValue(atFalsePositiveRate: 0, prior: 0.5, confidence: 0.95))
        #expect(value.value.value == 1 && value.value.interval.upper == 1 && value.value.interval.lower < 0.5)
        #expect(perfect.positivePredictiveValue(atFalsePositiveRate: 0.4, prior: 0.5, confidence: 0.95) == nil)
        #expect(roc.positivePredictiveValue(atFalsePositiveRate: 0.001, prior: 0.5, confidence: 0.95) == nil)
    }
}
