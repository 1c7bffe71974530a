import Statistics
import Testing
import ThreatModel

@testable import Attacks

@Suite struct OfflineLiRATests {
    private static let golden: [(LiRA.Variance, LiRA.Centre, String)] = [
        (.perRecord, .mean, "per_example"), (.pooled, .mean, "fixed_pooled"), (.grand, .mean, "fixed_raw"),
    ]

    @Test("Offline scores are the golden ones, squeezed by Φ and standardised", arguments: golden)
    func offline(variance: LiRA.Variance, centre: LiRA.Centre, name: String) throws {
        let golden = try AttackGolden()
        let table = try SignalTable(target: golden.target(), shadows: golden.shadows())
        let squeezed = try OfflineLiRA(variance: variance, centre: centre, score: .probability).scores(table)
        #expect(try largestError(squeezed, golden.expected("lira_offline_\(name)")) < 1e-9)
        let standardised = try OfflineLiRA(variance: variance, centre: centre).scores(table)
        #expect(try largestError(standardised, golden.expected("lira_offline_z_\(name)")) < 1e-9)
    }
}
