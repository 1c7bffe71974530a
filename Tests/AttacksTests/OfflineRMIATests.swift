import Testing
import ThreatModel

@testable import Attacks

@Suite struct OfflineRMIATests {
    @Test("The scores are the golden ones: a = 0.3, with z as it is, and z mapped too as released code does")
    func golden() throws {
        let golden = try AttackGolden()
        let table = try golden.likelihoods()
        let variants: [(OfflineRMIA, String)] = [
            (OfflineRMIA(a: 0.3), "rmia_offline"),
            (OfflineRMIA(a: 0.3, scalesPopulation: true), "rmia_offline_scaled_z"),
            (OfflineRMIA(gamma: 1, a: 0.3, scalesPopulation: true, isStrict: true), "rmia_offline_scaled_z_gamma1"),
        ]
        for (attack, name) in variants {
            #expect(try largestError(attack.scores(table), golden.expected(name)) < 1e-9, "\(name)")
        }
    }

    @Test("a is the least-squares slope of the misses of IN on those of OUT models (by hand)")
    func slope() throws {
        // Misses: OUT ½ and ¼, IN ¼ and ⅛: half of them everywhere.
        let shadows = try ShadowView(
            signals: [[-0.6931471805599453, -0.2876820724517809], [-0.2876820724517809, -0.13353139262452263]],
            membership: [[false, false], [true, true]])
        #expect(abs(OfflineRMIA.estimatedOffset(shadows) - 0.5) < 1e-12)
        // Whole images have likelihoods of e^−200: everything is missed by everyone.
        let images = try ShadowView(signals: [[-250], [-230]], membership: [[false], [true]])
        #expect(OfflineRMIA.estimatedOffset(images) == 0)
    }

    @Test("On likelihoods near 0 the score is the plain difference from the OUT models, finite and without ties")
    func generative() throws {
        let shadows = try ShadowView(
            signals: [[-250, -300], [-252, -301], [-230, -280]],
            membership: [[false, false], [false, false], [true, true]])
        let scores = try OfflineRMIA(score: .ratio).scores(SignalTable(target: [-240, -299], shadows: shadows))
        #expect(scores.allSatisfy { $0.isFinite })
        #expect(scores[0] > scores[1])
    }
}
