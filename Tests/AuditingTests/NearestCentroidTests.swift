import Auditing
import Tensors
import Testing
import ThreatModel

@Suite struct NearestCentroidTests {
    @Test("A code belongs to the class whose mean is nearest in deviations, whatever the scale of each number")
    func nearest() throws {
        // The first number tells the classes; the second varies a thousand times as much and tells nothing.
        let codes = Tensor([0, -1000, 0, 1000, 1, -1000, 1, 1000], shape: [4, 2])
        let probe = try NearestCentroid(codes, [0, 0, 2, 2])
        #expect(probe.classes(Tensor([0.1, 900, 0.9, -900, 0.4, 0], shape: [3, 2])) == [0, 2, 0])
    }

    @Test("A number that never varies, and a class without records, are ignored")
    func degenerate() throws {
        let probe = try NearestCentroid(Tensor([7, 0, 7, 1], shape: [2, 2]), [3, 1])
        #expect(probe.classes(Tensor([-50, 0.9, 50, 0.1], shape: [2, 2])) == [1, 3])
    }

    @Test("No labels, others than codes, and labels below 0 are refused")
    func refused() {
        for labels in [[], [1], [0, -1]] as [[Int32]] {
            #expect(throws: ThreatModelError.self) { try NearestCentroid(Tensor([1, 2], shape: [2, 1]), labels) }
        }
    }
}
