import TestSupport
import Testing

@testable import Tensors

@Suite("Convolution by minimal filtering") struct WinogradConvolutionTests {
    /// A kernel of r·stride with each r and stride; images that tiles fill and that they overhang; no square among some.
    private static let shapes = [
        shape(batch: 9, Extent(14, 14), 16, 32, kernel: 4, stride: 2, padding: 1),
        shape(batch: 9, Extent(15, 11), 32, 48, kernel: 4, stride: 2, padding: 2),
        shape(batch: 3, Extent(12, 17), 64, 32, kernel: 3, stride: 1, padding: 1),
        shape(batch: 2, Extent(21, 19), 64, 32, kernel: 2, stride: 1, padding: 0),
        shape(batch: 3, Extent(20, 26), 16, 32, kernel: 6, stride: 2, padding: 3),
        // More tiles than a block holds, in one image and in several.
        shape(batch: 1, Extent(50, 44), 64, 32, kernel: 3, stride: 1, padding: 0),
    ]

    private static func shape(
        batch: Int, _ image: Extent, _ channels: Int, _ outputs: Int, kernel: Int, stride: Int, padding: Int
    ) -> ConvolutionShape {
        ConvolutionShape(
            batch: batch, image: image, channels: channels, outputs: outputs,
            window: Window(Extent(kernel), stride: Extent(stride), padding: Extent(padding)))
    }

    private static func inputs(_ shape: ConvolutionShape) -> (x: Tensor, w: Tensor, dy: Tensor) {
        let random = RandomStream(seed: 43)
        return (
            random["x"].uniformTensor(shape.imageShape, -1, 1), random["w"].uniformTensor(shape.weightShape, -1, 1),
            random["dy"].uniformTensor(shape.outputShape, -1, 1)
        )
    }

    /// ‖found − expected‖ / ‖expected‖.
    private func error(_ found: Tensor, _ expected: [Double]) -> Double {
        let squares = zip(found.doubles, expected).map { ($0 - $1) * ($0 - $1) }
        return (squares.reduce(0, +) / expected.reduce(0) { $0 + $1 * $1 }).squareRoot()
    }

    @Test("the map and its adjoints agree with the definition to 3·10⁻⁶", arguments: shapes)
    private func definition(_ shape: ConvolutionShape) throws {
        let fast = try #require(WinogradConvolution(shape))
        let (x, w, dy) = Self.inputs(shape)
        let naive = NaiveConvolution(shape, x: x, w: w, dy: dy)
        #expect(error(fast.forward(x, w), naive.y) < 3e-6)
        var dx = Tensor(repeating: 2, shape: x.shape)
        unsafe fast.addImageGradient(dy, w, to: dx.mutablePointer())
        #expect(error(dx, naive.dx.map { $0 + 2 }) < 3e-6)
        for beta: Float in [0, 1] {
            var dw = Tensor(repeating: beta == 0 ? .nan : 2, shape: w.shape)
            fast.weightGradient(dy, x, into: &dw, beta: beta)
            #expect(error(dw, naive.dw.map { $0 + 2 * Double(beta) }) < 3e-6)
        }
    }

    @Test("a convolution goes this way by itself, with β of 0 and 1", arguments: [shapes[0]])
    private func choice(_ shape: ConvolutionShape) throws {
        let fast = try #require(WinogradConvolution(shape))
        let (x, w, dy) = Self.inputs(shape)
        #expect(shape.forward(x, w) == fast.forward(x, w))
        var (zero, one) = (Tensor(repeating: .nan, shape: x.shape), Tensor.zeros(x.shape))
        shape.imageGradient(dy, w, into: &zero, beta: 0)
        shape.imageGradient(dy, w, into: &one, beta: 1)
        #expect(zero == one)
        var (direct, filtered) = (Tensor.zeros(w.shape), Tensor.zeros(w.shape))
        shape.weightGradient(dy, x, into: &direct, beta: 0)
        fast.weightGradient(dy, x, into: &filtered, beta: 0)
        #expect(direct == filtered)
    }

    /// In a process of its own, since the limit on threads is the process's.
    @Test("bytes do not depend on the number of threads") func threads() async {
        await #expect(processExitsWith: .success) {
            for shape in Self.shapes {
                let fast = try #require(WinogradConvolution(shape))
                let (x, w, dy) = Self.inputs(shape)
                let results = [1, 2, 4].map { limit in
                    Threads.limit = limit
                    var (dx, dw) = (Tensor.zeros(x.shape), Tensor.zeros(w.shape))
                    unsafe fast.addImageGradient(dy, w, to: dx.mutablePointer())
                    fast.weightGradient(dy, x, into: &dw, beta: 0)
                    return [fast.forward(x, w), dx, dw]
                }
                #expect(results[0] == results[1] && results[0] == results[2], "\(shape)")
            }
        }
    }

    @Test("what does not fit, or gains nothing, is left to patches") func unfit() {
        func fits(
            batch: Int = 9, _ channels: Int = 16, _ outputs: Int = 32, kernel: Int = 4, stride: Int = 2,
            dilation: Int = 1, groups: Int = 1
        ) -> Bool {
            WinogradConvolution(
                ConvolutionShape(
                    batch: batch, image: 14, channels: channels, outputs: outputs,
                    window: Window(
                        Extent(kernel), stride: Extent(stride), padding: 1, dilation: Extent(dilation)), groups: groups)
            ) != nil
        }
        #expect(fits())
        #expect(!fits(batch: 2) && !fits(8) && !fits(24) && !fits(16, 16) && !fits(16, 40))
        #expect(!fits(kernel: 5) && !fits(kernel: 4, stride: 1) && !fits(kernel: 6, stride: 3))
        #expect(!fits(dilation: 2) && !fits(32, 32, groups: 2))
    }
}
