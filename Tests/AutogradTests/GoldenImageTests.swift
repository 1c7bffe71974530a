import Autograd
import Tensors
import TestSupport
import Testing

/// An operation on images whose outputs and gradients PyTorch has computed in double precision.
private struct ImageOperation: Sendable, CustomTestStringConvertible {
    let name: String
    let inputs: [String]
    let compute: @Sendable ([Variable]) -> Variable

    var testDescription: String { name }

    init(_ name: String, _ inputs: [String] = ["x"], _ compute: @escaping @Sendable ([Variable]) -> Variable) {
        (self.name, self.inputs, self.compute) = (name, inputs, compute)
    }

    static func convolution(
        _ name: String, stride: Extent = 1, padding: Extent = 0, dilation: Extent = 1, groups: Int = 1
    ) -> ImageOperation {
        ImageOperation("conv2d_\(name)", ["x", "w", "b"]) {
            Autograd.convolution(
                $0[0], $0[1], $0[2], stride: stride, padding: padding, dilation: dilation, groups: groups)
        }
    }

    static func transposed(
        _ name: String, stride: Extent = 1, padding: Extent = 0, outputPadding: Extent = 0
    ) -> ImageOperation {
        ImageOperation("conv_transpose2d_\(name)", ["x", "w", "b"]) {
            transposedConvolution(
                $0[0], $0[1], $0[2], stride: stride, padding: padding, outputPadding: outputPadding)
        }
    }
}

private let operations: [ImageOperation] = [
    .convolution("s1p0d1g1"), .convolution("s1p1d1g1", padding: 1), .convolution("s2p1d1g1", stride: 2, padding: 1),
    .convolution("s2p2d2g1", stride: 2, padding: 2, dilation: 2), .convolution("s1p1d1g2", padding: 1, groups: 2),
    ImageOperation("conv2d_k5x3", ["x", "w"]) {
        convolution($0[0], $0[1], stride: Extent(2, 1), padding: Extent(2, 1))
    },
    .transposed("k3s1p0o0"), .transposed("k4s2p1o0", stride: 2, padding: 1),
    .transposed("k3s2p1o1", stride: 2, padding: 1, outputPadding: 1), .transposed("k7s1p0o0"),
    ImageOperation("max_pool2d") { maxPool($0[0], 2) },
    ImageOperation("max_pool2d_k3s2p1") { maxPool($0[0], 3, stride: 2, padding: 1) },
    ImageOperation("avg_pool2d") { averagePool($0[0], 2) },
    ImageOperation("avg_pool2d_k3s2p1") { averagePool($0[0], 3, stride: 2, padding: 1) },
    ImageOperation("global_avg_pool") { globalAveragePool($0[0]) },
    ImageOperation("upsample_nearest2") { upsample($0[0]) },
    ImageOperation("upsample_bilinear2") { upsample($0[0], .bilinear) },
]

/// A small network on images whose per-example gradients PyTorch has computed in double precision.
private struct ImageNetwork: Sendable, CustomTestStringConvertible {
    let name: String
    /// The limit of the norm that the golden clipped to.
    let limit: Double
    let compute: @Sendable (Variable, (String) -> Variable) -> Variable

    var testDescription: String { name }

    init(
        _ name: String, limit: Double, _ compute: @escaping @Sendable (Variable, (String) -> Variable) -> Variable
    ) {
        (self.name, self.limit, self.compute) = (name, limit, compute)
    }
}

private let networks: [ImageNetwork] = [
    ImageNetwork("ps_conv2d", limit: 20.205142382432292) { x, p in
        convolution(x, p("weight"), p("bias"), stride: 2, padding: 1)
    },
    ImageNetwork("ps_conv_transpose2d", limit: 29.250011058418735) { x, p in
        transposedConvolution(x, p("weight"), p("bias"), stride: 2, padding: 1)
    },
    ImageNetwork("ps_cnn", limit: 5.879995234379901) { x, p in
        let features = convolution(
            convolution(x, p("0.weight"), p("0.bias"), stride: 2, .relu), p("2.weight"), p("2.bias"))
        return linear(reshape(features, [5, 54]), p("4.weight"), p("4.bias"))
    },
]

/// A parameter in our order; a row of `ps_cnn`'s head has a number for each of six channels of 3×3 pixels.
private func ours(_ parameter: Tensor) -> Tensor {
    guard parameter.shape == [3, 54] else { return parameter.channelsLast() }
    return parameter.reshaped([3, 6, 3, 3]).channelsLast().reshaped([3, 54])
}

/// The inverse of `ours`, up to the shape.
private func theirs(_ parameter: Tensor) -> Tensor {
    (parameter.shape == [3, 54] ? parameter.reshaped([3, 3, 3, 6]) : parameter).channelsFirst()
}

@Suite("Operations on images agree with PyTorch in double precision") struct GoldenImageTests {
    @Test("outputs and gradients", arguments: operations)
    private func agrees(_ operation: ImageOperation) throws {
        let golden = try Golden("images")[operation.name]
        let tape = Tape(.summed)
        let leaves = try operation.inputs.map { tape.variable(try golden.tensor($0).channelsLast()) }
        let output = operation.compute(leaves)
        let expected = try golden.tensor("out")
        #expect(output.value.channelsFirst().shape == expected.shape)
        expectClose(output.value.channelsFirst(), try golden.doubles("out"), "output")
        tape.backward(from: output, seed: try golden.tensor("cot").channelsLast())
        for (name, leaf) in zip(operation.inputs, leaves) {
            let gradient = tape.gradient(of: leaf).channelsFirst()
            expectClose(gradient, try golden.doubles("d\(name)"), "gradient of \(name)")
        }
    }

    @Test("explicit per-example gradients, norms and the clipped sum", arguments: networks)
    private func agrees(_ network: ImageNetwork) throws {
        let golden = try Golden("images")[network.name]
        let names = golden.names.filter { $0.hasPrefix("param/") }.map { String($0.dropFirst(6)) }
        try #require(!names.isEmpty)
        let tape = Tape(.perExample(count: 5))
        var leaves: [String: Variable] = [:]
        for name in names { leaves[name] = tape.parameter(name, ours(try golden.tensor("param/\(name)"))) }
        let missing = tape.constant(.zeros([0]))
        let output = network.compute(tape.constant(try golden.tensor("x").channelsLast())) { leaves[$0] ?? missing }
        expectClose(output.value.channelsFirst(), try golden.doubles("out"), "output")
        tape.backward(from: output, seed: try golden.tensor("cot").channelsLast())

        let gradients = tape.perExampleGradients()
        let explicit = gradients.explicit()
        for name in names {
            let found = explicit.flatMap { theirs($0[name]).values }
            expectClose(found, try golden.doubles("psg/\(name)"), "gradients of \(name)", tolerance: 2e-5)
        }
        let expected = try golden.doubles("norms")
        let norms = gradients.norms()
        for (found, wanted) in zip(norms, expected) { #expect(abs(Double(found) / wanted - 1) < 1e-5) }
        let sum = gradients.weightedSum(norms.map { Float(min(1, network.limit / Double($0))) })
        for name in names {
            let found = theirs(sum[name])
            expectClose(found, try golden.doubles("clipped_sum/\(name)"), "clipped sum of \(name)", tolerance: 2e-5)
        }
    }
}
