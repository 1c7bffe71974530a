import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct HistogramOfGradientsTests {
    @Test("A descriptor of two overlapping blocks is that of numpy, written from the definition")
    func golden() throws {
        let image = Tensor((0..<54).map { Float($0 * 37 % 64) / 64 }, shape: [1, 54])
        let gradients = try HistogramOfGradients(
            ImageSize(width: 9, height: 6), orientations: 4, cell: 3, block: 2)
        let expected = [
            0.2454455, 0.1399145, 0.3110403, 0.2530969, 0.2991635, 0.1399145, 0.3110403, 0.3110403, 0.107436, 0.1399145,
            0.3110403, 0.1383132, 0.3110403, 0.1399145, 0.3110403, 0.3110403, 0.2679198, 0.1253023, 0.2978994,
            0.2978994,
            0.2978994, 0.1253023, 0.2978994, 0.2266642, 0.2978994, 0.1253023, 0.2978994, 0.2978994, 0.2978994,
            0.1253023,
            0.2978994, 0.1238682,
        ]
        let found = try gradients.describe(image)
        #expect(found.shape == [1, gradients.length])
        #expect(largestError(found.values.map(Double.init), expected) < 1e-6)
    }

    @Test("A gradient to the left that tilts by less than a Float tells is one to the left")
    func tilted() throws {
        let descriptor = try HistogramOfGradients(ImageSize(width: 6, height: 6), cell: 3, block: 2)
        let ramp = (0..<36).map { 1 - 0.1 * Float($0 % 6) }
        // Every row is darker than the one above by 10⁻⁷: the angle is −π but for rounding.
        let tilted = (0..<36).map { ramp[$0] - 1e-7 * Float($0 / 6) }
        let found = try descriptor.describe(Tensor(ramp + tilted, shape: [2, 36]))
        #expect(zip(found.row(0), found.row(1)).allSatisfy { abs($0 - $1) < 1e-3 })
    }

    @Test("An edge fills one orientation, whichever side is bright, and a flat image none")
    func edges() throws {
        let gradients = try HistogramOfGradients(ImageSize(width: 4, height: 4), orientations: 2, cell: 4, block: 1)
        let upright: [Float] = [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1]
        let negative = upright.map { 1 - $0 }
        let lying: [Float] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
        let images = Tensor(upright + negative + lying + [Float](repeating: 0.7, count: 16), shape: [4, 16])
        let found = try gradients.describe(images)
        let expected: [Double] = [1, 0, 1, 0, 0, 1, 0, 0]
        #expect(largestError(found.values.map(Double.init), expected) < 1e-5)
    }

    @Test(
        "28×28 pixels in the default cells make 81 numbers; rows of another size and blocks that do not fit are refused"
    )
    func extents() throws {
        let digits = try HistogramOfGradients(ImageSize(width: 28, height: 28))
        #expect(digits.length == 81)
        #expect(throws: ThreatModelError.self) { try digits.describe(.zeros([2, 64])) }
        #expect(throws: ThreatModelError.self) { try HistogramOfGradients(ImageSize(width: 8, height: 8)) }
    }
}
