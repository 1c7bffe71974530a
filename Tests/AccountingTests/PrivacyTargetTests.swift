import Testing

@testable import Accounting

@Suite("Calibration to a target")
struct PrivacyTargetTests {
    @Test("Every golden noise multiplier is found by both accountants, and keeps the target")
    func golden() throws {
        for row in try AccountingGolden.load().calibration {
            let target = try PrivacyTarget(epsilon: row.targetEpsilon, delta: row.delta, accountant: .pld)
            let sigma = try target.noiseMultiplier(rate: row.q, steps: row.steps)
            let reference = try #require(row.pld?.sigma ?? row.exact?.sigma)
            #expect(isClose(sigma, reference, within: 1e-3), "\(row): \(sigma)")
            func epsilon(_ sigma: Double) throws -> Double {
                try PrivacyAccountant.pld.epsilon(
                    of: .dpSGD(rate: row.q, noiseMultiplier: sigma, steps: row.steps), delta: row.delta)
            }
            #expect(try epsilon(sigma) <= row.targetEpsilon)
            #expect(try epsilon(sigma * 0.998) > row.targetEpsilon)
            let renyi = try PrivacyTarget(epsilon: row.targetEpsilon, delta: row.delta, accountant: .rdp)
            #expect(
                try renyi.noiseMultiplier(rate: row.q, steps: row.steps)
                    == noiseMultiplier(epsilon: row.targetEpsilon, delta: row.delta, rate: row.q, steps: row.steps))
        }
    }

    @Test("Published: epsilon 8 at rate 0.04 needs 1.3477 for 90 epochs and 1.2915 for 2000 steps")
    func published() throws {
        let target = try PrivacyTarget(epsilon: 8, delta: 1e-5, accountant: .pld)
        #expect(abs(try target.noiseMultiplier(rate: 0.04, steps: 2250) - 1.3477) < 3e-3)
        #expect(abs(try target.noiseMultiplier(rate: 0.04, steps: 2000) - 1.2915) < 3e-3)
    }

    @Test(
        "Noise, steps and rate are inverses of each other, by both accountants", arguments: PrivacyAccountant.allCases)
    func inverses(accountant: PrivacyAccountant) throws {
        let target = try PrivacyTarget(epsilon: 2, delta: 1e-5, accountant: accountant)
        func epsilon(_ rate: Double, _ sigma: Double, _ steps: Int) throws -> Double {
            try accountant.epsilon(of: .dpSGD(rate: rate, noiseMultiplier: sigma, steps: steps), delta: 1e-5)
        }
        let steps = try #require(try target.steps(rate: 0.05, noiseMultiplier: 2))
        #expect(try epsilon(0.05, 2, steps) <= 2 && epsilon(0.05, 2, steps + 1) > 2)
        let rate = try target.rate(noiseMultiplier: 2, steps: steps)
        #expect(try epsilon(rate, 2, steps) <= 2 && epsilon(rate * 1.003, 2, steps) > 2)
        let sigma = try target.noiseMultiplier(rate: rate, steps: steps)
        #expect(isClose(sigma, 2, within: 2e-3))
    }

    @Test("Replace-one needs more noise, and twice as much without sampling")
    func replacement() throws {
        let adding = try PrivacyTarget(epsilon: 1, delta: 1e-5, accountant: .pld)
        let replacing = try PrivacyTarget(epsilon: 1, delta: 1e-5, accountant: .pld, relation: .replaceOne)
        let renyi = try PrivacyTarget(epsilon: 1, delta: 1e-5, accountant: .rdp, relation: .replaceOne)
        let whole = try replacing.noiseMultiplier(rate: 1, steps: 10) / adding.noiseMultiplier(rate: 1, steps: 10)
        #expect(abs(whole - 2) < 1e-3)
        let sampled = try replacing.noiseMultiplier(rate: 0.1, steps: 100)
        #expect(try sampled > adding.noiseMultiplier(rate: 0.1, steps: 100))
        #expect(try sampled < renyi.noiseMultiplier(rate: 0.1, steps: 100))
    }

    @Test("Edges: no step fits, none is ever too many, every rate fits, none does, and impossible targets")
    func edges() throws {
        let target = try PrivacyTarget(epsilon: 1, delta: 1e-5, accountant: .pld)
        #expect(try target.steps(rate: 1, noiseMultiplier: 0.5) == 0)
        #expect(try target.steps(rate: 0, noiseMultiplier: 1) == nil)
        #expect(try target.rate(noiseMultiplier: 100, steps: 10) == 1)
        #expect(try target.noiseMultiplier(rate: 0.5, steps: 0) == 1e-3)
        let strict = try PrivacyTarget(epsilon: 0, delta: 1e-12, accountant: .rdp, relation: .replaceOne)
        #expect(throws: AccountingError.self) { try strict.noiseMultiplier(rate: 1, steps: 1_000_000) }
        #expect(throws: AccountingError.epsilon(-1)) {
            try PrivacyTarget(epsilon: -1, delta: 1e-5, accountant: .pld)
        }
        #expect(throws: AccountingError.delta(1)) { try PrivacyTarget(epsilon: 1, delta: 1, accountant: .pld) }
        #expect(throws: AccountingError.noiseMultiplier(0)) { try target.steps(rate: 0.1, noiseMultiplier: 0) }
    }
}
