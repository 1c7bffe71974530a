import Auditing
import Models
import Tensors
import Testing
import ThreatModel

@Suite struct EquivalenceGameTests {
    private let victim = Model(
        untrained: .classifier(Classifier(inputs: 3, hidden: [4], classes: 2)), RandomStream(seed: 6))

    @Test("The victim itself differs by nothing, one with another bias by that much, an untrained one by more")
    func grade() throws {
        let game = try EquivalenceGame(victim: victim, records: 50, random: RandomStream(seed: 7))
        let same = try OneHiddenLayer(victim)
        let shifted = OneHiddenLayer(
            hidden: same.hidden, hiddenBias: same.hiddenBias, output: same.output, outputBias: [0, -0.25])
        let (none, some) = (game.grade(same), game.grade(shifted))
        #expect(none[0].value == 0 && abs(some[0].value - 0.25) < 1e-12)
        #expect(none[0].control.map { $0 > 0.5 } == true && some[0].control == none[0].control)
        #expect(none[1].value == 4 && none[1].unit == "of 4")
    }

    @Test("A victim without a hidden layer is refused")
    func refused() {
        let plain = Model(untrained: .classifier(Classifier(inputs: 3, hidden: [], classes: 2)), RandomStream(seed: 6))
        #expect(throws: ThreatModelError.self) { try EquivalenceGame(victim: plain, random: RandomStream(seed: 7)) }
    }
}
