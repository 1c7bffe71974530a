import Autograd
import Tensors
import TestSupport
import Testing

/// A small network whose per-example gradients PyTorch has computed in double precision.
private struct GoldenNetwork: Sendable, CustomTestStringConvertible {
    typealias Lookup = (String) -> Variable
    let name: String
    /// Maps the tape, the parameters and the golden (for its inputs) to the outputs.
    let compute: @Sendable (Tape, Lookup, Golden) throws -> Variable
    /// The limit of the norm that the golden clipped to.
    let limit: Double

    var testDescription: String { name }

    init(
        _ name: String, limit: Double, _ compute: @escaping @Sendable (Tape, Lookup, Golden) throws -> Variable
    ) {
        (self.name, self.limit, self.compute) = (name, limit, compute)
    }
}

private func affine(_ x: Variable, _ p: GoldenNetwork.Lookup, _ name: String, _ f: Activation = .identity) -> Variable {
    linear(x, p("\(name)weight"), p("\(name)bias"), f)
}

private func norm(_ x: Variable, _ p: GoldenNetwork.Lookup, _ name: String) -> Variable {
    normalise(x, gain: p("\(name)weight"), bias: p("\(name)bias"))
}

/// x + proj(attention(qkv(ln(x)))) with two heads of four channels over six positions.
private func block(_ x: Variable, _ p: GoldenNetwork.Lookup, _ prefix: String) -> Variable {
    let shape = AttentionShape(sequences: 5, length: 6, heads: 2, width: 8)
    let attended = attention(affine(norm(x, p, "\(prefix)ln."), p, "\(prefix)qkv."), shape)
    return x + affine(attended, p, "\(prefix)proj.")
}

private let networks: [GoldenNetwork] = [
    GoldenNetwork("ps_linear", limit: 4.093715279104119) { tape, p, golden in
        affine(tape.constant(try golden.tensor("x")), p, "")
    },
    GoldenNetwork("ps_linear_seq", limit: 8.574430478378565) { tape, p, golden in
        affine(tape.constant(try golden.tensor("x")), p, "")
    },
    GoldenNetwork("ps_embedding", limit: 4.614705090294011) { _, p, golden in
        embedding(try golden.integers("x"), p("weight"))
    },
    GoldenNetwork("ps_layernorm", limit: 5.953859336888751) { tape, p, golden in
        norm(tape.constant(try golden.tensor("x")), p, "")
    },
    GoldenNetwork("ps_mlp", limit: 3.5309644815551904) { tape, p, golden in
        affine(affine(tape.constant(try golden.tensor("x")), p, "0.", .relu), p, "2.")
    },
    GoldenNetwork("ps_attention", limit: 14.121123382339595) { tape, p, golden in
        block(tape.constant(try golden.tensor("x").reshaped([30, 8])), p, "")
    },
    GoldenNetwork("ps_tinygpt", limit: 22.9879347640312) { _, p, golden in
        let tokens = embedding(try golden.integers("x"), p("wte.weight"))
        let x = block(addPositions(tokens, p("wpe.weight"), length: 6), p, "a.")
        let y = x + affine(x, p, "f.", .exactGELU)
        return linear(norm(y, p, "ln."), p("head.weight"))
    },
]

@Suite("Per-example gradients agree with PyTorch in double precision") struct PerExampleGoldenTests {
    @Test("explicit gradients, norms and the clipped sum", arguments: networks)
    private func agrees(_ network: GoldenNetwork) throws {
        let golden = try Golden("operations")[network.name]
        let names = golden.names.filter { $0.hasPrefix("param/") }.map { String($0.dropFirst(6)) }
        try #require(!names.isEmpty)
        let tape = Tape(.perExample(count: 5))
        var leaves: [String: Variable] = [:]
        for name in names { leaves[name] = tape.parameter(name, try golden.tensor("param/\(name)")) }
        let missing = tape.constant(.zeros([0]))
        let output = try network.compute(tape, { leaves[$0] ?? missing }, golden)
        expectClose(output.value, try golden.doubles("out"), "output")
        tape.backward(from: output, seed: try golden.tensor("cot").reshaped(output.shape))

        let gradients = tape.perExampleGradients()
        let explicit = gradients.explicit()
        for name in names {
            let found = explicit.flatMap { $0[name].values }
            expectClose(found, try golden.doubles("psg/\(name)"), "gradients of \(name)", tolerance: 2e-5)
        }
        let expected = try golden.doubles("norms")
        let norms = gradients.norms()
        for (found, wanted) in zip(norms, expected) { #expect(abs(Double(found) / wanted - 1) < 1e-5) }
        let sum = gradients.weightedSum(norms.map { Float(min(1, network.limit / Double($0))) })
        for name in names {
            expectClose(sum[name], try golden.doubles("clipped_sum/\(name)"), "clipped sum of \(name)", tolerance: 2e-5)
        }
    }
}
