import Autograd
import Tensors
import TestSupport
import Testing

@Suite("A tape carries gradients back") struct TapeTests {
    private let x = gridTensor([2, 3], RandomStream(seed: 30))

    @Test("nothing is recorded for inference") func inference() {
        let tape = Tape(.inference)
        let leaf = tape.variable(x)
        let y = sum(leaf * leaf)
        tape.backward(from: y)
        #expect(tape.gradient(of: leaf) == .zeros([2, 3]))
    }

    @Test("constants receive nothing, leaves everything") func constants() {
        let tape = Tape(.summed)
        let (leaf, constant) = (tape.variable(x), tape.constant(x))
        tape.backward(from: leaf * constant)
        #expect(tape.gradient(of: leaf) == x)
        #expect(tape.gradient(of: constant) == .zeros([2, 3]))
    }

    @Test("a gradient does not change under the feet of one who holds it") func aliasing() {
        // Both terms hand the same tensor on; what is added to one leaf must not reach the other.
        let tape = Tape(.summed)
        let (a, b) = (tape.variable(x), tape.variable(x))
        tape.backward(from: (a + b) + a)
        #expect(tape.gradient(of: a) == Tensor(repeating: 2, shape: [2, 3]))
        #expect(tape.gradient(of: b) == Tensor(repeating: 1, shape: [2, 3]))
    }

    @Test("a value with many users adds up their gradients") func fan() {
        let tape = Tape(.summed)
        let leaf = tape.variable(x)
        let middle = leaf * 2
        let total = (0..<10).map { middle * Float($0) }.reduce(middle) { $0 + $1 }
        tape.backward(from: total)
        #expect(tape.gradient(of: leaf) == Tensor(repeating: 92, shape: [2, 3]))
    }

    @Test("a chain of 100,000 operations does not exhaust the stack") func depth() {
        let tape = Tape(.summed)
        let leaf = tape.variable(Tensor([1]))
        var y = leaf
        for _ in 0..<100_000 { y = y + 1 }
        tape.backward(from: y)
        #expect(tape.gradient(of: leaf).scalar == 1)
    }

    @Test("saved values survive a later change of the input") func mutation() {
        let tape = Tape(.summed)
        var mutable = x
        let leaf = tape.variable(mutable)
        let y = leaf * leaf
        mutable.scale(by: 100)
        tape.backward(from: y)
        #expect(tape.gradient(of: leaf) == x * 2)
    }

    @Test("parameters keep the order in which they were bound") func order() {
        let tape = Tape(.summed)
        let leaves = ["b", "a", "c"].map { tape.parameter($0, x) }
        tape.backward(from: leaves[2] + leaves[0] + leaves[1])
        #expect(tape.parameterGradients().names == ["b", "a", "c"])
    }
}
