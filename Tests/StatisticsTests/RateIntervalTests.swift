import Foundation
import Testing

@testable import Statistics

@Suite struct RateIntervalTests {
    @Test("Without a success, Clopper and Pearson's upper end is 1 − (α/2)^(1/n)")
    func noSuccess() {
        for trials in [1, 20, 1000] {
            let interval = Interval.clopperPearson(successes: 0, trials: trials, confidence: 0.95)
            #expect(interval.lower == 0)
            #expect(isClose(interval.upper, 1 - pow(0.025, 1 / Double(trials)), within: 1e-11))
            let mirrored = Interval.clopperPearson(successes: trials, trials: trials, confidence: 0.95)
            #expect(isClose(mirrored.lower, pow(0.025, 1 / Double(trials)), within: 1e-11))
            #expect(mirrored.upper == 1)
        }
    }

    @Test("At each end of Clopper and Pearson's interval the binomial tail is α/2")
    func definition() {
        for (successes, trials) in [(1, 9), (4, 9), (30, 100), (999, 1000)] {
            let interval = Interval.clopperPearson(successes: successes, trials: trials, confidence: 0.9)
            let upperTail = (successes...trials).reduce(0.0) {
                $0 + exp(Binomial(trials: trials, probability: interval.lower).logProbability(of: $1))
            }
            let lowerTail = (0...successes).reduce(0.0) {
                $0 + exp(Binomial(trials: trials, probability: interval.upper).logProbability(of: $1))
            }
            #expect(isClose(upperTail, 0.05, within: 1e-9))
            #expect(isClose(lowerTail, 0.05, within: 1e-9))
        }
    }

    @Test("Both intervals of 3 in 20 equal scipy's")
    func scipy() {
        let exact = Interval.clopperPearson(successes: 3, trials: 20, confidence: 0.95)
        #expect(isClose(exact.lower, 0.0320709372, within: 1e-8))
        #expect(isClose(exact.upper, 0.3789268265, within: 1e-8))
        let wilson = Interval.wilson(successes: 3, trials: 20, confidence: 0.95)
        #expect(isClose(wilson.lower, 0.0523687459, within: 1e-8))
        #expect(isClose(wilson.upper, 0.3604188647, within: 1e-8))
    }

    @Test("Each end of Wilson's interval is the rate whose score test is just significant")
    func wilsonDefinition() {
        let z = normalQuantile(0.975)
        for (successes, trials) in [(0, 12), (5, 12), (12, 12), (70, 400)] {
            let observed = Double(successes) / Double(trials)
            let interval = Interval.wilson(successes: successes, trials: trials, confidence: 0.95)
            for end in [interval.lower, interval.upper] where end > 0 && end < 1 {
                let score = abs(observed - end) / (end * (1 - end) / Double(trials)).squareRoot()
                #expect(isClose(score, z, within: 1e-9))
            }
            #expect(interval.lower >= 0 && interval.upper <= 1)
            #expect(interval.contains(observed))
        }
    }

    @Test("Clopper and Pearson's exact coverage is never below its confidence, and Wilson's sometimes is")
    func coverage() {
        var smallest = (exact: 1.0, wilson: 1.0)
        for step in 1..<100 {
            let rate = Double(step) / 100
            let binomial = Binomial(trials: 25, probability: rate)
            var covered = (exact: 0.0, wilson: 0.0)
            for k in 0...25 {
                let mass = exp(binomial.logProbability(of: k))
                if Interval.clopperPearson(successes: k, trials: 25, confidence: 0.95).contains(rate) {
                    covered.exact += mass
                }
                if Interval.wilson(successes: k, trials: 25, confidence: 0.95).contains(rate) {
                    covered.wilson += mass
                }
            }
            smallest = (min(smallest.exact, covered.exact), min(smallest.wilson, covered.wilson))
        }
        #expect(smallest.exact >= 0.95)
        #expect(smallest.wilson < 0.95 && smallest.wilson > 0.82)
    }

    @Test("An impossible rate is a programmer's error")
    func impossible() async {
        await #expect(processExitsWith: .failure) {
            _ = Interval.clopperPearson(successes: 3, trials: 2, confidence: 0.95)
        }
        await #expect(processExitsWith: .failure) { _ = Interval.wilson(successes: 1, trials: 2, confidence: 1) }
    }
}
