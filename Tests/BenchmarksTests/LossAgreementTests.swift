import Testing

@testable import Benchmarks

@Suite("Agreement of losses")
struct LossAgreementTests {
    @Test("holds within the spread of the seeds, and not beyond it")
    func spread() throws {
        // Each side spreads by 0.1; three deviations of the difference of two runs are 0.3·√2 = 0.424.
        let peer = [1.9, 2.0, 2.1]
        let near = try #require(LossAgreement(ours: peer.map { $0 + 0.4 }, peer: peer))
        #expect(near.holds && abs(near.tolerance - 0.4243) < 1e-3)
        #expect(try #require(LossAgreement(ours: peer.map { $0 - 0.4 }, peer: peer)).holds)
        #expect(!(try #require(LossAgreement(ours: peer.map { $0 + 0.45 }, peer: peer)).holds))
        #expect(!(try #require(LossAgreement(ours: peer.map { $0 - 0.45 }, peer: peer)).holds))
    }

    @Test("allows 3 % where seeds do not spread")
    func floor() throws {
        #expect(try #require(LossAgreement(ours: [2.059], peer: [2])).holds)
        #expect(!(try #require(LossAgreement(ours: [2.061], peer: [2])).holds))
    }

    @Test("does not hold with what is no number, and needs both sides")
    func missing() throws {
        #expect(!(try #require(LossAgreement(ours: [.nan], peer: [2])).holds))
        #expect(LossAgreement(ours: [], peer: [2]) == nil && LossAgreement(ours: [2], peer: []) == nil)
    }
}
