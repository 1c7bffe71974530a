import Autograd
import Tensors
import TestSupport
import Testing

@testable import Autograd

@Suite("Norms of per-example gradients hold what they must") struct PerExampleTests {
    private let random = RandomStream(seed: 21)

    /// A factor of four examples, each with `time` rows.
    private func factor(_ time: Int, _ inputs: Int, _ outputs: Int, _ seed: Int) -> LinearFactor {
        LinearFactor(
            input: gridTensor([4 * time, inputs], random[seed]["input"]),
            gradient: gridTensor([4 * time, outputs], random[seed]["gradient"]), mode: .perExample(count: 4))
    }

    private func squares(_ factors: [LinearFactor], _ shape: [Int]) -> [Double] {
        (0..<4).map { example in
            var gradient = Tensor.zeros(shape)
            for factor in factors { factor.add(example: example, to: &gradient) }
            return gradient.squaredNorm()
        }
    }

    /// The last two are built one by one, the others found by Gram matrices.
    @Test(
        "Norms agree with those of gradients written out",
        arguments: [(1, 40, 30), (2, 40, 30), (7, 40, 30), (9, 3, 2), (40, 17, 33)])
    func norms(time: Int, inputs: Int, outputs: Int) throws {
        let factor = factor(time, inputs, outputs, time)
        let norms = try #require(factor.squaredNorms())
        expectClose(norms, squares([factor], [outputs, inputs]))
    }

    @Test("factors of different lengths are joined along time, example by example") func joined() throws {
        let parts = [factor(1, 40, 30, 1), factor(3, 40, 30, 2), factor(2, 40, 30, 3)]
        let joined = try #require(LinearFactor.joined(parts))
        #expect(joined.time == 6)
        let norms = try #require(joined.squaredNorms())
        expectClose(norms, squares(parts, [30, 40]))
        // The cross terms matter: a sum of squared norms is another number.
        let separate = parts.map { squares([$0], [30, 40]) }
        for example in 0..<4 {
            let apart = separate.reduce(0) { $0 + $1[example] }
            #expect(abs(Double(norms[example]) / apart - 1) > 1e-3)
        }
    }

    @Test("a weight that serves as embedding and as head has cross terms in its norm") func tied() {
        func norm(tied: Bool) -> Float {
            let tape = Tape(.perExample(count: 1))
            let table = gridTensor([6, 3], random["table"])
            let first = tape.parameter("table", table)
            let second = tied ? first : tape.parameter("head", table)
            let logits = linear(embedding([1, 4, 4, 0], first), second)
            tape.backward(from: crossEntropy(logits, [4, 4, 0, 1]))
            return tape.perExampleGradients().norms()[0]
        }
        #expect(abs(norm(tied: true) / norm(tied: false) - 1) > 1e-2)
    }

    @Test("a parameter that nothing used has a gradient of zero") func unused() {
        let tape = Tape(.perExample(count: 2))
        let used = tape.parameter("used", gridTensor([3, 2], random))
        _ = tape.parameter("unused", .zeros([4]))
        tape.backward(from: linear(tape.constant(gridTensor([2, 2], random["x"])), used))
        let gradients = tape.perExampleGradients()
        #expect(gradients.weightedSum([1, 1])["unused"] == .zeros([4]))
        expectClose(gradients.norms(), gradients.explicit().map(\.norm))
    }

    @Test("a vanishing gradient has norm zero, not the root of a negative number") func vanishing() throws {
        let zero = LinearFactor(
            input: gridTensor([8, 40], random), gradient: .zeros([8, 30]), mode: .perExample(count: 4))
        #expect(try #require(zero.squaredNorms()) == [0, 0, 0, 0])
    }

    @Test("a primitive without factors refuses a parameter") func refuses() async {
        await #expect(processExitsWith: .failure) {
            let tape = Tape(.perExample(count: 1))
            let weight = tape.parameter("weight", .zeros([2, 2]))
            tape.backward(from: product(tape.constant(.zeros([1, 2])), weight))
        }
    }
}
