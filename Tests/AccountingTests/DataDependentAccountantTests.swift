import Testing

@testable import Accounting

@Suite("Data-dependent accounting")
struct DataDependentAccountantTests {
    @Test("Tied votes cost what their events cost, and agreeing ones far less", arguments: [1e-5, 1e-8])
    func besideTheGuarantee(delta: Double) throws {
        let sigma = 40.0
        let event = PrivacyEvent.repeated(.gaussian(noiseMultiplier: sigma / 2.0.squareRoot()), count: 300)
        let guarantee = try RenyiAccountant(event).epsilon(delta: delta)
        func lost(_ votes: [Double]) throws -> UnpublishableEpsilon {
            var accountant = try DataDependentAccountant()
            let outcome = try LikelyOutcome.noisyMaximum(votes: votes, sigma: sigma)
            for _ in 0..<300 { accountant.compose(outcome) }
            return try accountant.epsilon(delta: delta)
        }
        let tied = try lost([125, 125])
        #expect(abs(tied.epsilon / guarantee.epsilon - 1) < 1e-10 && tied.order == guarantee.order)
        let agreeing = try lost([240, 5, 5])
        #expect(agreeing.epsilon > 0 && agreeing.epsilon < guarantee.epsilon / 2)
        #expect(try lost([5000, 0]).epsilon < agreeing.epsilon)
    }

    @Test("Nothing costs nothing, and impossible questions are refused")
    func edges() throws {
        #expect(try DataDependentAccountant().epsilon(delta: 1e-5).epsilon == 0)
        #expect(throws: AccountingError.delta(0)) { try DataDependentAccountant().epsilon(delta: 0) }
        #expect(throws: AccountingError.orders([1])) { try DataDependentAccountant(orders: [1]) }
    }
}
