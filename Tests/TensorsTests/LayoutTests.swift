import Tensors
import TestSupport
import Testing

@Suite("Moving elements about") struct LayoutTests {
    private let x = Tensor((0..<12).map(Float.init), shape: [4, 3])

    @Test("gathering rows, also repeated, and elements of a vector") func gather() {
        #expect(x.gatherRows([3, 0, 3]) == Tensor([9, 10, 11, 0, 1, 2, 9, 10, 11], shape: [3, 3]))
        #expect(x.gatherRows([]) == Tensor([], shape: [0, 3]))
        #expect(Tensor([5, 6, 7]).gatherRows([2, 0]) == Tensor([7, 5]))
    }

    @Test("slices of rows and columns") func slices() {
        #expect(x.rows(1..<3) == Tensor([3, 4, 5, 6, 7, 8], shape: [2, 3]))
        #expect(x.rows(2..<2) == Tensor([], shape: [0, 3]))
        #expect(x.columns(1..<3) == Tensor([1, 2, 4, 5, 7, 8, 10, 11], shape: [4, 2]))
        var changed = x
        changed.setColumns(0..<1, Tensor([-1, -2, -3, -4], shape: [4, 1]))
        #expect(changed.columns(0..<1).values == [-1, -2, -3, -4] && changed.columns(1..<3) == x.columns(1..<3))
    }

    @Test("concatenation undoes slicing") func concatenate() {
        #expect(Tensor.concatenatedRows([x.rows(0..<1), x.rows(1..<1), x.rows(1..<4)]) == x)
        #expect(Tensor.concatenatedRows([]).count == 0)
    }

    @Test("transposing twice is nothing", arguments: [[4, 3], [1, 7], [17, 33], [0, 5]])
    func transpose(_ shape: [Int]) {
        let a = gridTensor(shape, RandomStream(seed: 90))
        let transposed = a.transposed()
        #expect(transposed.shape == [shape[1], shape[0]] && transposed.transposed() == a)
        for index in 0..<a.count {
            let (row, column) = (index / shape[1], index % shape[1])
            #expect(transposed[column * shape[0] + row] == a[index])
        }
    }

    @Test("scattered rows add up, and undo a gathering of distinct rows", arguments: [3, 16, 21])
    func scatter(_ width: Int) {
        let source = gridTensor([4, width], RandomStream(seed: 91))
        var target = Tensor(repeating: 1, shape: [3, width])
        target.scatterAddRows([2, 0, 2, 2], source)
        let expected = (0..<3 * width).map { index -> Float in
            let column = index % width
            switch index / width {
            case 0: return 1 + source[width + column]
            case 2: return 1 + source[column] + source[2 * width + column] + source[3 * width + column]
            default: return 1
            }
        }
        expectClose(target, expected.map(Double.init), tolerance: 1e-6)
    }

    @Test("what is out of bounds is refused") func bounds() async {
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 2]).gatherRows([2]) }
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 2]).rows(1..<3) }
        await #expect(processExitsWith: .failure) {
            var target = Tensor.zeros([2, 2])
            target.scatterAddRows([-1], .zeros([1, 2]))
        }
    }
}
