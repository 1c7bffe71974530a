import Tensors
import TestSupport
import Testing

@testable import Autograd

@Suite("Gradients that were built for their norms") struct GradientBudgetTests {
    private let random = RandomStream(seed: 31)

    /// Three examples of a map over fifty rows and of a convolution, both of which are worth keeping.
    private func tape() -> Tape {
        let tape = Tape(.perExample(count: 3))
        let weight = tape.parameter("map", gridTensor([6, 5], random["map"]))
        let bias = tape.parameter("bias", gridTensor([6], random["bias"]))
        let kernel = tape.parameter("kernel", gridTensor([4, 3, 3, 2], random["kernel"]))
        let rows = linear(tape.constant(gridTensor([150, 5], random["rows"])), weight, bias, .tanh)
        let images = convolution(tape.constant(gridTensor([3, 8, 8, 2], random["images"])), kernel, padding: 1, .tanh)
        let both = reshape(rowSums(rows), [3, 50]) * tape.constant(gridTensor([3, 50], random["scale"]))
        let sums = rowSums(reshape(images, [3, 256]) * tape.constant(gridTensor([3, 256], random["shift"])))
        tape.backward(from: rowSums(both) + sums)
        return tape
    }

    /// The bytes of one example's gradient of each weight.
    private static let sizes = (map: 30 * 4, kernel: 72 * 4)

    private func kept(_ gradients: PerExampleGradients) -> [String] {
        gradients.sets.filter { $0.set.kept?.rows != nil }.map(\.name)
    }

    @Test("are kept as far as there is room, in the order of the parameters, and never beyond")
    func room() {
        let (map, kernel) = (3 * Self.sizes.map, 3 * Self.sizes.kernel)
        for (bytes, names) in [
            (0, []), (map - 1, []), (map, ["map"]), (map + kernel - 1, ["map"]), (map + kernel, ["map", "kernel"]),
            (GradientBudget.bytes, ["map", "kernel"]),
        ] {
            let gradients = tape().perExampleGradients(keeping: GradientBudget(bytes: bytes))
            _ = gradients.norms()
            #expect(kept(gradients) == names, "\(bytes) bytes")
            let floats = gradients.sets.reduce(0) { $0 + ($1.set.kept?.rows?.count ?? 0) }
            #expect(4 * floats <= bytes)
        }
    }

    @Test("give the norms and the sums of those that are multiplied anew") func agree() {
        let forgotten = tape().perExampleGradients(keeping: GradientBudget(bytes: 0))
        let kept = tape().perExampleGradients()
        let explicit = forgotten.explicit()
        for gradients in [forgotten, kept] { expectClose(gradients.norms(), explicit.map(\.norm)) }
        let weights: [Float] = [0.3, -0.7, 1]
        let (first, second) = (forgotten.weightedSum(weights), kept.weightedSum(weights))
        for name in first.names {
            var expected = Tensor.zeros(first[name].shape)
            for (gradient, weight) in zip(explicit, weights) { expected.add(gradient[name], times: weight) }
            expectClose(first[name], expected, name)
            expectClose(second[name], expected, name)
        }
        // Before norms are asked for nothing has been built, and sums are right all the same.
        let fresh = tape().perExampleGradients()
        #expect(self.kept(fresh).isEmpty)
        expectClose(fresh.weightedSum(weights)["kernel"], first["kernel"])
    }

    @Test("are not worth keeping where an example has one row, or few") func worth() {
        func cost(_ time: Int, _ inputs: Int, _ outputs: Int) -> FactorCost? {
            LinearFactor(
                input: .zeros([2 * time, inputs]), gradient: .zeros([2 * time, outputs]),
                mode: .perExample(count: 2)
            ).cost
        }
        #expect(cost(1, 30, 20) == FactorCost(norm: 50, sum: 600, building: 600, size: 600))
        // Gram: 2·2·(30 + 20); by building: 40·30·20.
        #expect(cost(2, 30, 20) == FactorCost(norm: 200, sum: 1200, building: 1200, size: 600))
        #expect(cost(40, 30, 20) == FactorCost(norm: 24_000, sum: 24_000, building: 24_000, size: 600))
        #expect([1, 2, 40].map { cost($0, 30, 20)?.keepingPays } == [false, false, true])
    }

    @Test("of one weight that is used twice are those of both uses") func joined() {
        let tape = Tape(.perExample(count: 2))
        let weight = tape.parameter("weight", gridTensor([4, 5], random["weight"]))
        let (first, second) = (gridTensor([80, 5], random["first"]), gridTensor([80, 5], random["second"]))
        tape.backward(
            from: linear(tape.constant(first), weight, nil, .tanh)
                + linear(tape.constant(second), weight, nil, .sigmoid))
        let gradients = tape.perExampleGradients()
        let explicit = gradients.explicit()
        expectClose(gradients.norms(), explicit.map(\.norm))
        #expect(kept(gradients) == ["weight"])
        expectClose(gradients.weightedSum([0, 2])["weight"], explicit[1]["weight"] * 2)
    }
}
