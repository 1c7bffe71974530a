import Testing
import ThreatModel

@testable import Attacks

@Suite struct DifficultyCalibrationTests {
    @Test("The mean of a record's own OUT models is subtracted")
    func byHand() throws {
        let shadows = try ShadowView(
            signals: [[1, 5], [2, 6], [30, 7]], membership: [[false, true], [false, false], [true, false]])
        #expect(try DifficultyCalibration().scores(SignalTable(target: [2, 6], shadows: shadows)) == [0.5, -0.5])
    }

    @Test("A record that every shadow trained on has no score")
    func noOutsider() throws {
        let shadows = try ShadowView(signals: [[1, 5]], membership: [[false, true]])
        #expect(throws: ThreatModelError.tooFewShadows(record: 1, members: 1, nonMembers: 0, needed: 1)) {
            try DifficultyCalibration().scores(SignalTable(target: [1, 5], shadows: shadows))
        }
    }
}
