import Foundation
import Testing

@testable import Statistics

@Suite struct BinomialTests {
    @Test("Both tails equal the sum of the probabilities")
    func tails() {
        for probability in [0, 0.003, 0.4, 0.97, 1] {
            let binomial = Binomial(trials: 37, probability: probability)
            let masses = (0...37).map { exp(binomial.logProbability(of: $0)) }
            #expect(abs(masses.reduce(0, +) - 1) < 1e-12)
            for k in -1...38 {
                let below = masses.prefix(max(0, k + 1)).reduce(0, +)
                let above = masses.dropFirst(max(0, k)).reduce(0, +)
                #expect(abs(binomial.probability(atMost: k) - below) < 1e-12)
                #expect(abs(binomial.probability(atLeast: k) - above) < 1e-12)
            }
        }
    }

    @Test("A tiny upper tail keeps its digits")
    func tinyTail() {
        let binomial = Binomial(trials: 20, probability: 1e-9)
        // 20 choose 2 times p², less the factor (1 − p)^18 and the further terms, both of relative size 1e-8.
        #expect(isClose(binomial.probability(atLeast: 2), 190e-18, within: 2e-8))
    }

    @Test("The log probability multiplies single trials")
    func masses() {
        let binomial = Binomial(trials: 4, probability: 0.2)
        #expect(isClose(exp(binomial.logProbability(of: 1)), 4 * 0.2 * 0.512, within: 1e-13))
        #expect(binomial.logProbability(of: 5) == -.infinity)
    }
}
