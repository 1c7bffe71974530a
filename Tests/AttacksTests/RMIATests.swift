import Testing
import ThreatModel

@testable import Attacks

@Suite struct RMIATests {
    @Test("The scores are the golden ones, γ = 2")
    func golden() throws {
        let golden = try AttackGolden()
        #expect(try largestError(RMIA().scores(golden.likelihoods()), golden.expected("rmia_online")) < 1e-9)
    }

    @Test("The ratio ranks as the share does where the share does not tie, and has no ties of its own")
    func ratio() throws {
        let table = try AttackGolden().likelihoods()
        let (shares, ratios) = try (RMIA().scores(table), RMIA(score: .ratio).scores(table))
        for (a, b) in zip(shares.indices, shares.indices.dropFirst()) where shares[a] != shares[b] {
            #expect((shares[a] < shares[b]) == (ratios[a] < ratios[b]))
        }
        #expect(Set(ratios).count == ratios.count)
        #expect(Set(shares).count < shares.count)
    }

    @Test("By hand: p(x) is the mean of the two sides' means, and a ratio of exactly γ counts unless strict")
    func byHand() throws {
        // Likelihoods ½ IN and ⅛, ⅛ OUT: p(x) = 5/16. Of z: ½, ¼, ¼: p(z) = ⅓.
        let shadows = try ShadowView(
            signals: [[-1], [-3], [-3]].map { $0.map { $0 * ln2 } }, membership: [[true], [false], [false]])
        var table = SignalTable(
            target: [0], shadows: shadows, population: [-1, -2].map { $0 * ln2 },
            populationShadows: [[-1, -1], [-2, -2], [-2, -2]].map { $0.map { $0 * ln2 } })
        // LR(x) = 16/5; of z 3/2 and 3/4: quotients 2.13 and 4.27.
        #expect(try RMIA(gamma: 2).scores(table) == [1])
        #expect(try RMIA(gamma: 3).scores(table) == [0.5])
        #expect(try abs(RMIA(score: .ratio).scores(table)[0] - 1.1631508098056809) < 1e-12)
        // A candidate that is like z, and z alike under all models: both ratios are exactly 1.
        let same = try ShadowView(signals: [[-1], [-1]], membership: [[true], [false]])
        table = SignalTable(target: [-1], shadows: same, population: [-1], populationShadows: [[-1], [-1]])
        #expect(try RMIA(gamma: 1).scores(table) == [1])
        #expect(try RMIA(gamma: 1, isStrict: true).scores(table) == [0])
    }

    @Test("A record without models on both sides, and a pool without population signals, are told")
    func lacking() throws {
        let onlyIn = try ShadowView(signals: [[-1], [-2]], membership: [[true], [true]])
        #expect(throws: ThreatModelError.tooFewShadows(record: 0, members: 2, nonMembers: 0, needed: 1)) {
            try RMIA().scores(
                SignalTable(target: [-1], shadows: onlyIn, population: [-1], populationShadows: [[-1], [-1]]))
        }
        let both = try ShadowView(signals: [[-1], [-2]], membership: [[true], [false]])
        #expect(throws: ThreatModelError.self) { try RMIA().scores(SignalTable(target: [-1], shadows: both)) }
        #expect(throws: ThreatModelError.self) {
            try RMIA().scores(SignalTable(target: [-1], shadows: both, population: [-1]))
        }
        #expect(throws: ThreatModelError.self) {
            try RMIA().scores(
                SignalTable(target: [-1], shadows: both, population: [-1], populationShadows: [[-1, 2], [-1, 2]]))
        }
    }
}

private let ln2 = 0.6931471805599453
