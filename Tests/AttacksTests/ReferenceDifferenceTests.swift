import Testing
import ThreatModel

@testable import Attacks

@Suite struct ReferenceDifferenceTests {
    private func table() throws -> SignalTable {
        SignalTable(
            target: [2, 6],
            shadows: try ShadowView(
                signals: [[1, 5], [2, 6], [30, 7]], membership: [[false, true], [false, false], [true, false]]))
    }

    @Test("The first OUT models of each record are subtracted, one by default")
    func byHand() throws {
        #expect(try ReferenceDifference().scores(table()) == [1, 0])
        #expect(try ReferenceDifference(references: 2).scores(table()) == [0.5, -0.5])
    }

    @Test("With all OUT models it is difficulty calibration")
    func calibration() throws {
        #expect(try ReferenceDifference(references: 2).scores(table()) == DifficultyCalibration().scores(table()))
    }

    @Test("More references than OUT models are refused, with the record")
    func refused() throws {
        #expect(throws: ThreatModelError.tooFewShadows(record: 0, members: 1, nonMembers: 2, needed: 3)) {
            try ReferenceDifference(references: 3).scores(table())
        }
    }

    @Test("Settings: one reference unless told otherwise, never none")
    func settings() throws {
        var empty = AttackSettings()
        #expect(try ReferenceDifference(&empty).references == 1)
        var none = AttackSettings(["models": .number(0)])
        #expect(throws: AttackSettingsError.self) { try ReferenceDifference(&none) }
    }
}
