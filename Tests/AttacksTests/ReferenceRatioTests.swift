import Testing
import ThreatModel

@testable import Attacks

@Suite struct ReferenceRatioTests {
    private func table(_ target: [Double], _ signals: [[Double]]) throws -> SignalTable {
        SignalTable(
            target: target,
            shadows: try ShadowView(signals: signals, membership: [[false, true], [false, false], [true, false]]))
    }

    @Test("Minus the loss over the mean loss of a record's own OUT models")
    func byHand() throws {
        let scores = try ReferenceRatio().scores(table([-1, -3], [[-1, -9], [-3, -2], [-7, -4]]))
        #expect(scores == [-0.5, -1])
    }

    @Test("The surer the victim and the less sure the references, the higher")
    func orientation() throws {
        let sure = try ReferenceRatio().scores(table([-1, -1], [[-2, -9], [-2, -4], [-9, -4]]))
        #expect(sure[1] > sure[0])
        #expect(try ReferenceRatio().scores(table([0, 0], [[0, 0], [0, 0], [0, 0]])) == [0, 0])
    }

    @Test("Densities above one and records without an OUT model have no ratio")
    func refused() throws {
        #expect(throws: ThreatModelError.self) {
            try ReferenceRatio().scores(table([1, -3], [[-1, -9], [-3, -2], [-7, -4]]))
        }
        #expect(throws: ThreatModelError.self) {
            try ReferenceRatio().scores(table([-1, -3], [[1, -9], [2, -2], [-7, -4]]))
        }
        let all = SignalTable(target: [-1], shadows: try ShadowView(signals: [[-1]], membership: [[true]]))
        #expect(throws: ThreatModelError.tooFewShadows(record: 0, members: 1, nonMembers: 0, needed: 1)) {
            try ReferenceRatio().scores(all)
        }
    }
}
