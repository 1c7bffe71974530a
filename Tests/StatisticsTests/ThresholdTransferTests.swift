import TestSupport
import Testing

@testable import Statistics

@Suite struct ThresholdTransferTests {
    @Test("By hand: the threshold of the shadows flags what it flags, whatever the target's own would be")
    func byHand() throws {
        let shadows = try ROC(
            scores: [9, 8, 5, 7, 4, 3, 2, 1], isMember: [true, true, true, false, false, false, false, false])
        let target = try ROC(scores: [8, 6, 10, 7.5, 1, 7], isMember: [true, true, false, false, false, false])
        // At most one of five shadow non-members: 5 is the lowest threshold that passes one (7) and not two (4).
        let transfer = ThresholdTransfer(falsePositiveRate: 0.2, from: shadows, to: target, confidence: 0.9)
        #expect(transfer.threshold == 5)
        #expect(transfer.falsePositiveRate.value == 0.75)
        #expect(transfer.truePositiveRate.value == 1)
        #expect(transfer.falsePositiveRate.interval == .clopperPearson(successes: 3, trials: 4, confidence: 0.9))
        #expect(transfer.calibrationNonMembers == 5)
        #expect(transfer.resolution == .coarse)
    }

    @Test("A calibration that flags nothing flags nothing, with a width")
    func nothing() throws {
        let shadows = try ROC(scores: [1, 2], isMember: [true, false])
        let target = try ROC(scores: [3, 0], isMember: [true, false])
        let transfer = ThresholdTransfer(falsePositiveRate: 0, from: shadows, to: target, confidence: 0.95)
        #expect(transfer.threshold == nil)
        #expect(transfer.truePositiveRate.value == 0 && transfer.truePositiveRate.interval.upper == 0.975)
    }

    @Test("A target like its shadows realises the rate; a shifted one does not")
    func shift() throws {
        var generator = SplitMix64(seed: 51)
        let isMember = (0..<4000).map { $0 < 2000 }
        func roc(shift: Double) throws -> ROC {
            try ROC(
                scores: isMember.map { _ in Double.random(in: 0..<1, using: &generator) + shift }, isMember: isMember)
        }
        let shadows = try roc(shift: 0)
        let alike = ThresholdTransfer(falsePositiveRate: 0.1, from: shadows, to: try roc(shift: 0), confidence: 0.999)
        #expect(alike.falsePositiveRate.interval.contains(0.1))
        let other = ThresholdTransfer(falsePositiveRate: 0.1, from: shadows, to: try roc(shift: 0.1), confidence: 0.999)
        #expect(other.falsePositiveRate.interval.contains(0.2) && !other.falsePositiveRate.interval.contains(0.1))
    }
}
