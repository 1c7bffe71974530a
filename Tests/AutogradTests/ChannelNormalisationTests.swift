import Autograd
import Tensors
import TestSupport
import Testing

@testable import Autograd

@Suite("Batch norm and group norm agree with PyTorch in double precision") struct ChannelNormalisationTests {
    private func check(
        _ name: String, channels: Int, bias: String = "b",
        _ compute: (Variable, Variable, Variable, Golden) throws -> Variable
    ) throws -> Tape {
        let golden = try Golden("normalisation")[name]
        let tape = Tape(.summed)
        let x = tape.variable(try golden.tensor("x").channelsLast())
        let isAffine = golden.names.contains("w")
        let gain = tape.variable(isAffine ? try golden.tensor("w") : Tensor(repeating: 1, shape: [channels]))
        let shift = tape.variable(isAffine ? try golden.tensor(bias) : .zeros([channels]))
        let y = try compute(x, gain, shift, golden)
        func expect(_ found: Tensor, _ array: String) throws {
            let expected = try golden.tensor(array).channelsLast()
            expectClose(found.reshaped(expected.shape), expected, array)
        }
        try expect(y.value, "out")
        tape.backward(from: y, seed: try golden.tensor("cot").channelsLast())
        try expect(tape.gradient(of: x), "dx")
        guard isAffine else { return tape }
        expectClose(tape.gradient(of: gain), try golden.doubles("dw"), "gain")
        expectClose(tape.gradient(of: shift), try golden.doubles("d\(bias)"), "bias")
        return tape
    }

    @Test("batch norm in training", arguments: ["batchnorm2d_train", "batchnorm4d_train"])
    func training(_ name: String) throws {
        let tape = try check(name, channels: 3, bias: "b_") { x, gain, bias, _ in
            batchNormalise(x, gain: gain, bias: bias, observing: "norm")
        }
        #expect(tape.observations.map(\.name) == ["norm"])
        let golden = try Golden("normalisation")[name]
        func running(_ array: String, _ suffix: String) throws -> Tensor {
            try golden.tensor("running_\(array)_\(suffix)")
        }
        var statistics = ChannelStatistics(mean: try running("mean", "before"), variance: try running("var", "before"))
        statistics.fold(tape.observations[0].statistics)
        expectClose(statistics.mean, try running("mean", "after"), "mean")
        expectClose(statistics.variance, try running("var", "after"), "variance")
    }

    @Test("batch norm after training", arguments: ["batchnorm2d_eval", "batchnorm4d_eval"])
    func evaluation(_ name: String) throws {
        let tape = try check(name, channels: 3, bias: "b_") { x, gain, bias, golden in
            let statistics = ChannelStatistics(
                mean: try golden.tensor("running_mean"), variance: try golden.tensor("running_var"))
            return batchNormalise(x, gain: gain, bias: bias, by: statistics)
        }
        #expect(tape.observations.isEmpty)
    }

    @Test("group norm and instance norm", arguments: [("groupnorm", 6, 2), ("instancenorm", 3, 3)])
    func group(_ name: String, _ channels: Int, _ groups: Int) throws {
        _ = try check(name, channels: channels) { x, gain, bias, _ in
            groupNormalise(x, gain: gain, bias: bias, groups: groups)
        }
    }

    @Test("group norm's per-example gradients and their clipped sum") func perExample() throws {
        let golden = try Golden("normalisation")["ps_groupnorm"]
        let tape = Tape(.perExample(count: 5))
        let gain = tape.parameter("weight", try golden.tensor("param/weight"))
        let bias = tape.parameter("bias", try golden.tensor("param/bias"))
        let x = tape.constant(try golden.tensor("x").channelsLast())
        let y = groupNormalise(x, gain: gain, bias: bias, groups: 2)
        expectClose(y.value, try golden.tensor("out").channelsLast(), "output")
        tape.backward(from: y, seed: try golden.tensor("cot").channelsLast())
        let gradients = tape.perExampleGradients()
        for name in ["weight", "bias"] {
            let found = gradients.explicit().flatMap { $0[name].values }
            expectClose(found, try golden.doubles("psg/\(name)"), name, tolerance: 2e-5)
        }
        let norms = gradients.norms()
        expectClose(norms, try golden.doubles("norms"))
        let sum = gradients.weightedSum(norms.map { Float(min(1, 7.093607461213307 / Double($0))) })
        for name in ["weight", "bias"] {
            expectClose(sum[name], try golden.doubles("clipped_sum/\(name)"), name, tolerance: 2e-5)
        }
    }

    @Test("records do not share statistics under group norm, and do under batch norm") func mixing() {
        let random = RandomStream(seed: 31)
        let (first, second) = (gridTensor([2, 3, 4], random[0]), gridTensor([2, 3, 4], random[1]))
        let changed = Tensor.concatenatedRows([first.rows(0..<3), second.rows(3..<6)]).reshaped([2, 3, 4])
        let tape = Tape(.inference)
        let (one, zero) = (tape.constant(Tensor(repeating: 1, shape: [4])), tape.constant(.zeros([4])))
        func group(_ x: Tensor) -> Tensor { groupNormalise(tape.constant(x), gain: one, bias: zero, groups: 2).value }
        func batch(_ x: Tensor) -> Tensor {
            batchNormalise(tape.constant(x), gain: one, bias: zero, observing: "").value
        }
        #expect(group(first).rows(0..<3) == group(changed).rows(0..<3))
        #expect(batch(first).rows(0..<3) != batch(changed).rows(0..<3))
    }

    @Test("batch norm refuses a tape that wants per-example gradients") func refuses() async {
        await #expect(processExitsWith: .failure) {
            let tape = Tape(.perExample(count: 2))
            let gain = tape.parameter("gain", Tensor([1, 1]))
            _ = batchNormalise(tape.constant(.zeros([2, 2])), gain: gain, bias: gain, observing: "norm")
        }
    }
}
