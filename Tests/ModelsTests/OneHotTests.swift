import Tensors
import Testing

@testable import Models

@Suite("One-hot rows") struct OneHotTests {
    @Test("a row is one in its label's column and zero elsewhere") func rows() {
        #expect(Tensor.oneHot([2, 0], classes: 3) == Tensor([0, 0, 1, 1, 0, 0], shape: [2, 3]))
        #expect(Tensor.oneHot([], classes: 3).shape == [0, 3])
    }

    @Test("a label that is no class ends the program", arguments: [3, -1] as [Int32]) func strange(_ label: Int32) async
    {
        await #expect(processExitsWith: .failure) { [label] in _ = Tensor.oneHot([label], classes: 3) }
    }
}
