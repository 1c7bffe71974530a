import Foundation
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct BASETests {
    @Test("By hand: ln of the victim's likelihood over the pool's mean likelihood; offline over the OUT models'")
    func byHand() throws {
        let shadows = try ShadowView(
            signals: [[log(0.5)], [log(0.25)], [log(0.75)]], membership: [[true], [false], [false]])
        let table = SignalTable(target: [log(0.8)], shadows: shadows)
        #expect(try largestError(BASE().scores(table), [log(0.8 / 0.5)]) < 1e-12)
        #expect(try largestError(BASE(mode: .offline).scores(table), [log(0.8 / 0.5)]) < 1e-12)
        let skewed = try ShadowView(signals: [[log(0.9)], [log(0.1)]], membership: [[true], [false]])
        let other = SignalTable(target: [log(0.8)], shadows: skewed)
        #expect(try largestError(BASE().scores(other), [log(0.8 / 0.5)]) < 1e-12)
        #expect(try largestError(BASE(mode: .offline).scores(other), [log(0.8 / 0.1)]) < 1e-12)
    }

    @Test("It is RMIA's ratio when every record has as many IN as OUT models")
    func idealisedRMIA() throws {
        let noise = RandomStream(seed: 4)
        let signals = (0..<6).map { model in noise[model].normalTensor([1, 5]).row(0).map { -1 - abs(Double($0)) } }
        let shadows = try ShadowView(signals: signals, membership: (0..<6).map { [Bool](repeating: $0 < 3, count: 5) })
        let table = SignalTable(target: [-1, -2, -0.5, -3, -0.1], shadows: shadows)
        #expect(try largestError(BASE().scores(table), RMIA(score: .ratio).scores(table)) < 1e-12)
    }
}
