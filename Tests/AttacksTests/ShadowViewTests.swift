import Testing
import ThreatModel

@Suite struct ShadowViewTests {
    @Test("Signals and membership of different shapes are refused")
    func shapes() {
        for (signals, membership): ([[Double]], [[Bool]]) in [
            ([[1, 2]], []), ([[1, 2], [3]], [[true, true], [true]]), ([[1, 2]], [[true]]), ([], [[true]]),
        ] {
            #expect(throws: ThreatModelError.self) { try ShadowView(signals: signals, membership: membership) }
        }
    }

    @Test("The values of a candidate are those of the shadows on one side of it")
    func values() throws {
        let view = try ShadowView(
            signals: [[1, 10], [2, 20], [3, 30]], membership: [[true, false], [false, false], [true, true]])
        #expect(view.values(of: 0, whenMember: true) == [1, 3])
        #expect(view.values(of: 0, whenMember: false) == [2])
        #expect(view.values(of: 1, whenMember: true) == [30])
        #expect(try view.oriented(.loss).values(of: 1, whenMember: false) == [-10, -20])
        #expect(try view.oriented(.logitConfidence) == view)
    }
}
