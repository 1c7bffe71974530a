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
    }

    @Test("A limited view has as many models of each kind as it says, the first of them, and no more population")
    func limited() throws {
        let view = try ShadowView(
            signals: [[1, 10], [2, 20], [3, 30], [4, 40]],
            membership: [[true, false], [true, false], [false, true], [false, false]],
            population: [[7], [8], [9], [6]])
        let limited = view.limited(members: 1, nonMembers: 2)
        #expect(limited.values(of: 0, whenMember: true) == [1])
        #expect(limited.values(of: 0, whenMember: false) == [3, 4])
        #expect(limited.values(of: 1, whenMember: true) == [30])
        #expect(limited.values(of: 1, whenMember: false) == [10, 20])
        #expect(limited.population == [[7], [8], [9]])
        #expect(view.limited(members: 9, nonMembers: 9).values(of: 0, whenMember: true) == [1, 2])
        #expect(throws: ThreatModelError.self) {
            try ShadowView(signals: [[1]], membership: [[true]], population: [[1], [2]])
        }
    }
}
