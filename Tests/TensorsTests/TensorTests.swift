import Testing

@testable import Tensors

@Suite("A tensor is a value") struct TensorTests {
    @Test("a copy shares storage until it is written") func copyOnWrite() {
        let original = Tensor([1, 2, 3])
        var copy = original
        #expect(copy.storage === original.storage)
        copy[1] = 9
        #expect(copy.storage !== original.storage)
        #expect(original.values == [1, 2, 3] && copy.values == [1, 9, 3])
        let storage = copy.storage
        var reshaped = copy.reshaped([3, 1])
        #expect(reshaped.storage === storage)
        reshaped.scale(by: 2)
        #expect(copy.values == [1, 9, 3] && reshaped.values == [2, 18, 6] && reshaped.shape == [3, 1])
    }

    @Test("a tensor alone is written in place") func inPlace() {
        var alone = Tensor([1, 2, 3])
        let before = ObjectIdentifier(alone.storage)
        alone[0] = 5
        alone.add(Tensor([1, 1, 1]))
        #expect(ObjectIdentifier(alone.storage) == before)
    }

    /// Each writes to a copy; the original must not change.
    @Test(
        "no mutating operation reaches a copy",
        arguments: [
            { $0[2] = 7 }, { $0.add($0, times: 2) }, { $0.scale(by: 0) }, { $0.scale(by: 3) }, { $0.clamp(0, 1) },
            { $0.addToRows(Tensor([1, 2, 3])) }, { $0.scaleRows(by: [2, 3]) },
            { $0.multiplyRows(by: Tensor([4, 5, 6])) },
            { $0.setColumns(1..<2, Tensor([9, 9], shape: [2, 1])) }, { $0.scatterAddRows([1, 1], $0) },
            { Activation.exponential.apply(to: &$0) },
            { Tensor(repeating: 1, shape: [4, 6]).sumRows(into: &$0, beta: 1) },
        ] as [@Sendable (inout Tensor) -> Void])
    func mutations(_ mutate: @Sendable (inout Tensor) -> Void) {
        let values: [Float] = [1, -2, 3, 4, -5, 6]
        let original = Tensor(values, shape: [2, 3])
        var copy = original
        mutate(&copy)
        #expect(original.values == values && copy.values != values)
    }

    @Test("shapes") func shapes() {
        let tensor = Tensor((0..<24).map(Float.init), shape: [2, 3, 4])
        #expect(tensor.count == 24 && tensor.rows == 6 && tensor.columns == 4)
        #expect(tensor.row(5) == [20, 21, 22, 23] && tensor[7] == 7)
        #expect(Tensor([], shape: [0, 5]).rows == 0)
        let scalar = Tensor([3], shape: [])
        #expect(scalar.scalar == 3 && scalar.rows == 1 && scalar.columns == 1)
        #expect(Tensor([1, 2]) != Tensor([1, 2], shape: [2, 1]))
        #expect(Tensor([.nan]) != Tensor([.nan]))
        #expect(Tensor(repeating: 2, shape: [17]).values == [Float](repeating: 2, count: 17))
    }

    @Test("what is out of bounds is refused") func bounds() async {
        await #expect(processExitsWith: .failure) { _ = Tensor([1, 2])[2] }
        await #expect(processExitsWith: .failure) { _ = Tensor([1, 2], shape: [3]) }
        await #expect(processExitsWith: .failure) { _ = Tensor([1, 2]).reshaped([3]) }
        await #expect(processExitsWith: .failure) { _ = Tensor([1, 2]).scalar }
    }
}
