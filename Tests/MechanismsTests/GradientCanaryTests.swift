import Autograd
import Mechanisms
import Tensors
import Testing

@Suite struct GradientCanaryTests {
    @Test("A canary moves one coordinate of the sum by the clipping norm, which is all a record may do")
    func moves() {
        let gradients = tinyGradients(tinyRecords(8))
        let before = value(BoundedSum(clipping: gradients, to: 0.5))
        var sum = BoundedSum(clipping: gradients, to: 0.5)
        sum.insert(canaryAt: 7, of: "hidden.weight")
        let sensitivity = sum.sensitivity
        #expect(sensitivity == 0.5)
        let after = value(sum)
        #expect(abs(distance(before, after) - 0.5) < 1e-6)
        #expect(abs(after["hidden.weight"][7] - before["hidden.weight"][7] - 0.5) < 1e-6)
    }

    @Test("With clipping per layer a canary is as long as one layer may be, and so is the whole with one in each")
    func perLayer() {
        let gradients = tinyGradients(tinyRecords(0))
        var sum = BoundedSum(clipping: gradients, by: .perLayer(norm: 0.5))
        sum.insert(canaryAt: 1, of: "hidden.weight")
        sum.insert(canaryAt: 1, of: "output.weight")
        let after = value(sum)
        #expect(abs(Double(after["hidden.weight"][1]) - 0.5 / 2.0.squareRoot()) < 1e-6)
        #expect(abs(after.norm - 0.5) < 1e-6)
    }

    @Test("Canaries enter the sum of an empty batch too")
    func empty() {
        var sum = BoundedSum(clipping: tinyGradients(tinyRecords(0)), to: 2)
        sum.insert(canaryAt: 0, of: "hidden.bias")
        sum.insert(canaryAt: 0, of: "hidden.bias")
        let after = value(sum)
        #expect(after["hidden.bias"][0] == 4 && after.norm == 4)
    }
}
