import Accounting
import Auditing
import Statistics
import Testing
import ThreatModel

@Suite struct PrivacyAuditTests {
    private let secret = (0..<400).map { ($0 * 7 + $0 / 3) % 2 == 0 }

    @Test("Scores that know the secret prove much by every method, scores that do not prove nothing")
    func leak() throws {
        let game = MembershipGame(secret: secret)
        let leaky = try game.audits(
            MembershipScores(secret.map { $0 ? 1 : 0 }), delta: 1e-5, coinFlips: true)
        #expect(leaky.map(\.method) == [.clopperPearson, .gaussian, .oneRun, .gaussianOneRun])
        #expect(leaky.allSatisfy { $0.epsilon > 2 && $0.confidence == 0.95 && $0.delta == 1e-5 })
        let constant = try game.audits(
            MembershipScores(Array(repeating: 0, count: 400)), delta: 1e-5, coinFlips: true)
        #expect(constant.allSatisfy { $0.epsilon == 0 })
    }

    @Test("Without fair coins the one-run bounds are left out")
    func coins() throws {
        let scores = MembershipScores(secret.map { $0 ? 1 : 0 })
        let audits = try MembershipGame(secret: secret).audits(scores, delta: 1e-5, coinFlips: false)
        #expect(audits.map(\.method) == [.clopperPearson, .gaussian])
    }

    @Test("Scores and deltas that cannot be are refused")
    func edges() {
        let game = MembershipGame(secret: secret)
        #expect(throws: StatisticsError.self) { try game.audits(MembershipScores([1]), delta: 1e-5, coinFlips: true) }
        #expect(throws: AccountingError.delta(2)) {
            try game.audits(MembershipScores(secret.map { $0 ? 1 : 0 }), delta: 2, coinFlips: true)
        }
    }
}
