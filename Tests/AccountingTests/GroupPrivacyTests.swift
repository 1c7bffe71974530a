import Foundation
import Testing

@testable import Accounting

@Suite struct GroupPrivacyTests {
    @Test("The group's delta is the geometric sum, term by term")
    func geometricSum() throws {
        for epsilon in [0, 1e-9, 0.01, 1, 3] {
            for size in [1, 2, 5] {
                let group = try groupPrivacy(epsilon: epsilon, delta: 1e-9, size: size)
                let sum = (0..<size).reduce(0.0) { $0 + exp(Double($1) * epsilon) }
                #expect(group.epsilon == Double(size) * epsilon)
                #expect(isClose(group.delta, 1e-9 * sum, within: 1e-12))
            }
        }
    }

    @Test("It bounds the exact group privacy of the Gaussian mechanism")
    func boundsGaussian() throws {
        let gaussian = try GaussianDP(noiseMultiplier: 4)
        for size in [2, 3, 6] {
            for epsilon in [0.05, 0.3, 1] {
                let one = try gaussian.delta(epsilon: epsilon)
                let group = try groupPrivacy(epsilon: epsilon, delta: one, size: size)
                let exact = try gaussian.group(of: size).delta(epsilon: group.epsilon)
                #expect(exact <= group.delta)
            }
        }
    }

    @Test("Large groups and infinite epsilons saturate and are never NaN")
    func saturation() throws {
        for (epsilon, size) in [(500.0, 1000), (1e300, 1_000_000_000), (.infinity, 2), (1e-300, .max)] {
            let group = try groupPrivacy(epsilon: epsilon, delta: 1e-5, size: size)
            #expect(group.delta == 1 && !group.epsilon.isNaN)
        }
        #expect(try groupPrivacy(epsilon: .infinity, delta: 1e-5, size: 1) == (.infinity, 1e-5))
    }

    @Test("A group's epsilon at its own delta follows from one record's at a smaller delta")
    func groupEpsilon() throws {
        let accountant = try RenyiAccountant(.dpSGD(rate: 0.01, noiseMultiplier: 1, steps: 1000))
        let one = try accountant.epsilon(delta: 1e-5).epsilon
        #expect(try accountant.groupEpsilon(size: 1, delta: 1e-5) == one)
        var previous = one
        for size in [2, 3, 4] {
            let group = try accountant.groupEpsilon(size: size, delta: 1e-5)
            #expect(group > previous && group >= Double(size) * one)
            // Undo the choice of delta: the record's bound at it must arrive at 1e-5 again.
            let perRecord = group / Double(size)
            var (lower, upper) = (1e-300, 1e-5)
            for _ in 0..<2000 {
                let middle = (lower * upper).squareRoot()
                if try accountant.epsilon(delta: middle).epsilon > perRecord { lower = middle } else { upper = middle }
            }
            let arrived = try groupPrivacy(epsilon: perRecord, delta: upper, size: size)
            #expect(isClose(arrived.delta, 1e-5, within: 1e-6))
            previous = group
        }
    }

    @Test("Without sampling, the bound for a group lies above the exact one")
    func aboveExact() throws {
        let accountant = try RenyiAccountant(.repeated(.gaussian(noiseMultiplier: 20), count: 10))
        let exact = try GaussianDP(noiseMultiplier: 20, steps: 10).group(of: 3).epsilon(delta: 1e-6)
        let bound = try accountant.groupEpsilon(size: 3, delta: 1e-6)
        #expect(bound > exact && bound < 3 * exact)
    }

    @Test("A group that no delta can serve has an infinite epsilon, and impossible ones are refused")
    func edges() throws {
        let loud = try RenyiAccountant(.gaussian(noiseMultiplier: 0.01))
        #expect(try loud.groupEpsilon(size: 1000, delta: 1e-5) == .infinity)
        #expect(throws: AccountingError.groupSize(0)) { try loud.groupEpsilon(size: 0, delta: 1e-5) }
        #expect(throws: AccountingError.groupSize(0)) { try groupPrivacy(epsilon: 1, delta: 1e-5, size: 0) }
        #expect(throws: AccountingError.delta(0)) { try groupPrivacy(epsilon: 1, delta: 0, size: 2) }
    }
}
