import Testing
import ThreatModel

@testable import Attacks

@Suite struct AttackRTests {
    @Test("The scores are the golden ones")
    func golden() throws {
        let golden = try AttackGolden()
        let scores = try AttackR().scores(
            SignalTable(target: golden.targetLogLikelihoods(), shadows: golden.shadowLogLikelihoods()))
        #expect(try largestError(scores, golden.expected("attack_r")) < 1e-9)
    }

    @Test("The score is the share of a record's own OUT models strictly below")
    func byHand() throws {
        let shadows = try ShadowView(
            signals: [[1, 5], [2, 6], [3, 7]], membership: [[false, true], [false, false], [true, false]])
        #expect(try AttackR().scores(SignalTable(target: [2, 6.5], shadows: shadows)) == [0.5, 0.5])
    }

    @Test("A record that every shadow trained on has no score")
    func noOutsider() throws {
        let shadows = try ShadowView(signals: [[1, 5], [2, 6]], membership: [[false, true], [false, true]])
        #expect(throws: ThreatModelError.tooFewShadows(record: 1, members: 2, nonMembers: 0, needed: 1)) {
            try AttackR().scores(SignalTable(target: [1, 5], shadows: shadows))
        }
    }

    @Test("Smoothing keeps the order of the plain shares and breaks their ties")
    func smoothing() throws {
        let shadows = try ShadowView(
            signals: [[0], [1], [2], [4]].map { $0 + $0 + $0 + $0 },
            membership: [[Bool]](repeating: [Bool](repeating: false, count: 4), count: 4))
        let table = SignalTable(target: [1.2, 1.8, 4.5, 9], shadows: shadows)
        #expect(try AttackR().scores(table) == [0.5, 0.5, 1, 1])
        // (i + ½)/4 at the i-th value, by hand: 0.375 + 0.2/4 and 0.375 + 0.8/4; then 1 − ⅛·e^(−x) with x in mean gaps of 4/3.
        let linear = try AttackR(smoothing: .linear).scores(table)
        #expect(
            largestError(linear, [0.425, 0.575, 1 - 0.125 * 0.6872892787909722, 1 - 0.125 * 0.02351774585600911])
                < 1e-12)
        let gaussian = try AttackR(smoothing: .gaussian).scores(table)
        #expect(zip(gaussian, gaussian.dropFirst()).allSatisfy { $0 < $1 })
        // Mean 1.75, sample deviation √(35/12).
        #expect(abs(gaussian[0] - 0.3737) < 1e-3)
        #expect(throws: ThreatModelError.tooFewShadows(record: 0, members: 0, nonMembers: 1, needed: 2)) {
            try AttackR(smoothing: .linear).scores(
                SignalTable(target: [1], shadows: ShadowView(signals: [[0]], membership: [[false]])))
        }
    }
}
