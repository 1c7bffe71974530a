import Testing

@testable import Accounting

@Suite struct CalibrationTests {
    @Test("Every golden noise multiplier is found, never too small, and less noise would miss the target")
    func golden() throws {
        let rows = try AccountingGolden.load().calibration
        #expect(rows.count == 16)
        for row in rows {
            let sigma = try noiseMultiplier(
                epsilon: row.targetEpsilon, delta: row.delta, rate: row.q, steps: row.steps)
            #expect(isClose(sigma, row.rdp.sigma, within: 1e-3), "\(row): \(sigma)")
            func epsilon(_ sigma: Double) throws -> Double {
                try RenyiAccountant(.dpSGD(rate: row.q, noiseMultiplier: sigma, steps: row.steps))
                    .epsilon(delta: row.delta).epsilon
            }
            #expect(try epsilon(sigma) <= row.targetEpsilon)
            #expect(try epsilon(sigma - 1.0001e-4) > row.targetEpsilon)
            if let exact = row.exact { #expect(sigma > exact.sigma) }
        }
    }

    @Test("A published calibration: epsilon 8 at rate 0.04 and 2000 steps needs 1.356")
    func published() throws {
        let sigma = try noiseMultiplier(epsilon: 8, delta: 1e-5, rate: 0.04, steps: 2000, tolerance: 1e-6)
        #expect(abs(sigma - 1.3562) < 1e-3)
    }

    @Test("The classic conversion needs more noise")
    func classic() throws {
        let improved = try noiseMultiplier(epsilon: 2, delta: 1e-5, rate: 0.01, steps: 500)
        let classic = try noiseMultiplier(epsilon: 2, delta: 1e-5, rate: 0.01, steps: 500, conversion: .classic)
        #expect(classic > improved + 0.01)
    }

    @Test("A target below what the orders can express is refused, with the smallest epsilon")
    func unreachable() {
        #expect {
            try noiseMultiplier(epsilon: 1e-3, delta: 1e-5, rate: 1, steps: 1, orders: [2, 8])
        } throws: { error in
            guard case .unreachable(1e-3, let smallest) = error as? AccountingError else { return false }
            return smallest > 1 && smallest < 2
        }
    }

    @Test("No steps need the smallest noise, and impossible targets are refused")
    func edges() throws {
        #expect(try noiseMultiplier(epsilon: 0, delta: 1e-5, rate: 0.1, steps: 0) == 1e-3)
        #expect(throws: AccountingError.epsilon(-1)) {
            try noiseMultiplier(epsilon: -1, delta: 1e-5, rate: 0.1, steps: 1)
        }
        #expect(throws: AccountingError.tolerance(0)) {
            try noiseMultiplier(epsilon: 1, delta: 1e-5, rate: 0.1, steps: 1, tolerance: 0)
        }
        #expect(throws: AccountingError.delta(0)) {
            try noiseMultiplier(epsilon: 1, delta: 0, rate: 0.1, steps: 1)
        }
    }
}
