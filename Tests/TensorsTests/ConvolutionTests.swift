import TestSupport
import Testing

@testable import Tensors

/// Convolution by its definition, in double precision.
struct NaiveConvolution {
    let shape: ConvolutionShape
    let x: [Double]
    let w: [Double]
    let dy: [Double]
    var y: [Double]
    var dx: [Double]
    var dw: [Double]

    init(_ shape: ConvolutionShape, x: Tensor, w: Tensor, dy: Tensor) {
        self.shape = shape
        (self.x, self.w, self.dy) = (x.doubles, w.doubles, dy.doubles)
        (y, dx, dw) = (
            [Double](repeating: 0, count: dy.count), [Double](repeating: 0, count: x.count),
            [Double](repeating: 0, count: w.count)
        )
        for line in 0..<shape.batch * shape.positions.height {
            for column in 0..<shape.positions.width {
                for output in 0..<shape.outputs {
                    visit(line / shape.positions.height, line % shape.positions.height, column, output)
                }
            }
        }
    }

    /// Adds every product that one output takes part in.
    private mutating func visit(_ picture: Int, _ row: Int, _ column: Int, _ output: Int) {
        let (window, image, width) = (shape.window, shape.image, shape.channels / shape.groups)
        let group = output / (shape.outputs / shape.groups)
        let target =
            ((picture * shape.positions.height + row) * shape.positions.width + column) * shape.outputs + output
        for ky in 0..<window.kernel.height {
            for kx in 0..<window.kernel.width {
                let h = row * window.stride.height - window.padding.height + ky * window.dilation.height
                let v = column * window.stride.width - window.padding.width + kx * window.dilation.width
                guard (0..<image.height).contains(h), (0..<image.width).contains(v) else { continue }
                for channel in 0..<width {
                    let source =
                        ((picture * image.height + h) * image.width + v) * shape.channels + group * width + channel
                    let weight = ((output * window.kernel.height + ky) * window.kernel.width + kx) * width + channel
                    y[target] += x[source] * w[weight]
                    dx[source] += dy[target] * w[weight]
                    dw[weight] += dy[target] * x[source]
                }
            }
        }
    }
}

/// Shapes of every kind, then random ones.
private let shapes: [ConvolutionShape] =
    [
        ConvolutionShape(batch: 2, image: Extent(7, 8), channels: 4, outputs: 6, window: Window(3)),
        ConvolutionShape(
            batch: 3, image: Extent(9, 11), channels: 1, outputs: 5, window: Window(5, stride: 3, padding: 2)),
        ConvolutionShape(batch: 3, image: 4, channels: 16, outputs: 20, window: Window(3, padding: 1)),
        ConvolutionShape(
            batch: 2, image: Extent(9, 10), channels: 6, outputs: 4,
            window: Window(3, stride: 2, padding: 2, dilation: 2),
            groups: 2),
        ConvolutionShape(batch: 2, image: 6, channels: 5, outputs: 10, window: Window(3, padding: 1), groups: 5),
        // Patches that are the image itself: kernels of one pixel, or as large as the image; and nearly so.
        ConvolutionShape(batch: 3, image: Extent(4, 5), channels: 6, outputs: 3, window: Window(1)),
        ConvolutionShape(batch: 3, image: Extent(4, 5), channels: 6, outputs: 3, window: Window(1), groups: 3),
        ConvolutionShape(batch: 3, image: 4, channels: 6, outputs: 3, window: Window(1, stride: 5)),
        ConvolutionShape(batch: 3, image: 4, channels: 6, outputs: 3, window: Window(1, padding: 1)),
        ConvolutionShape(
            batch: 5, image: Extent(4, 3), channels: 2, outputs: 7, window: Window(Extent(4, 3), stride: 2)),
        ConvolutionShape(batch: 5, image: 4, channels: 2, outputs: 4, window: Window(4), groups: 2),
        // Padding wider than the kernel: some windows see nothing.
        ConvolutionShape(batch: 2, image: 3, channels: 3, outputs: 2, window: Window(2, padding: 4)),
        // Several pieces of several blocks.
        ConvolutionShape(batch: 2, image: Extent(150, 90), channels: 3, outputs: 4, window: Window(3, padding: 1)),
        ConvolutionShape(batch: 40, image: 20, channels: 8, outputs: 4, window: Window(5, stride: 1, padding: 2)),
    ]
    + (0..<40).map { index in
        let random = RandomStream(seed: 31)[index]
        func draw(_ purpose: String, _ range: ClosedRange<Int>) -> Int {
            range.lowerBound + Int(random[purpose].uniforms(1)[0] * Float(range.count))
        }
        let groups = draw("groups", 1...3)
        return ConvolutionShape(
            batch: draw("batch", 1...4), image: Extent(draw("height", 7...12), draw("width", 7...12)),
            channels: groups * draw("channels", 1...9), outputs: groups * draw("outputs", 1...9),
            window: Window(
                Extent(draw("kernel height", 1...4), draw("kernel width", 1...4)),
                stride: Extent(draw("stride height", 1...3), draw("stride width", 1...3)),
                padding: Extent(draw("padding height", 0...3), draw("padding width", 0...3)),
                dilation: Extent(draw("dilation height", 1...2), draw("dilation width", 1...2))), groups: groups)
    }

@Suite("Convolution kernels") struct ConvolutionTests {
    private func inputs(_ shape: ConvolutionShape) -> (x: Tensor, w: Tensor, dy: Tensor) {
        let random = RandomStream(seed: 32)
        return (
            gridTensor(shape.imageShape, random["x"]), gridTensor(shape.weightShape, random["w"]),
            gridTensor(shape.outputShape, random["dy"])
        )
    }

    @Test("the map and its adjoints agree with the definition", arguments: shapes)
    private func definition(_ shape: ConvolutionShape) {
        #expect(shape.flaw == nil)
        let (x, w, dy) = inputs(shape)
        let naive = NaiveConvolution(shape, x: x, w: w, dy: dy)
        expectClose(shape.forward(x, w), naive.y, "forward")
        for beta: Float in [0, 1] {
            // What was there counts when β is 1, and not even NaN does when it is 0.
            var dx = Tensor(repeating: beta == 0 ? .nan : 2, shape: x.shape)
            shape.imageGradient(dy, w, into: &dx, beta: beta)
            expectClose(dx, naive.dx.map { $0 + 2 * Double(beta) }, "image gradient")
            var dw = Tensor(repeating: beta == 0 ? .nan : 2, shape: w.shape)
            shape.weightGradient(dy, x, into: &dw, beta: beta)
            expectClose(dw, naive.dw.map { $0 + 2 * Double(beta) }, "weight gradient")
        }
    }

    @Test("norms of the examples' weight gradients agree with building them", arguments: shapes)
    private func norms(_ shape: ConvolutionShape) {
        let (x, _, dy) = inputs(shape)
        var uses = ConvolutionUses(shape, images: x, gradient: dy, examples: shape.batch)
        func squares(_ uses: ConvolutionUses) -> [Double] {
            (0..<shape.batch).map { example in
                var gradient = Tensor.zeros(shape.weightShape)
                uses.add(example: example, to: &gradient)
                return gradient.squaredNorm()
            }
        }
        expectClose(uses.squaredNorms(), squares(uses), "one use")
        let separate = squares(uses)[0]
        uses.append(ConvolutionUses(shape, images: x * 0.5 + 0.25, gradient: dy * 0.5, examples: shape.batch))
        expectClose(uses.squaredNorms(), squares(uses), "two uses")
        #expect(squares(uses)[0] > 1.01 * separate)
    }

    @Test("an example of several images, and no example") func examples() {
        let shape = ConvolutionShape(batch: 6, image: 5, channels: 2, outputs: 3, window: Window(3, padding: 1))
        let (x, _, dy) = inputs(shape)
        let uses = ConvolutionUses(shape, images: x, gradient: dy, examples: 2)
        let pair = ConvolutionShape(batch: 3, image: 5, channels: 2, outputs: 3, window: Window(3, padding: 1))
        var (gradient, second) = (Tensor.zeros(shape.weightShape), Tensor.zeros(shape.weightShape))
        uses.add(example: 1, to: &gradient)
        pair.weightGradient(
            dy.rows(75..<150).reshaped(pair.outputShape), x.rows(75..<150).reshaped(pair.imageShape), into: &second,
            beta: 0)
        expectClose(gradient, second)
        let none = ConvolutionShape(batch: 0, image: 5, channels: 2, outputs: 3, window: Window(3))
        let nothing = ConvolutionUses(
            none, images: .zeros(none.imageShape), gradient: .zeros(none.outputShape), examples: 0)
        #expect(nothing.squaredNorms().isEmpty)
        var kept = second
        nothing.addWeightedSum([], to: &kept)
        #expect(kept == second)
    }

    @Test("an empty batch gives nothing, and a weight gradient of zero") func empty() {
        let shape = ConvolutionShape(batch: 0, image: 5, channels: 2, outputs: 3, window: Window(3))
        let (x, w, dy) = inputs(shape)
        #expect(shape.forward(x, w).shape == [0, 3, 3, 3])
        var dw = Tensor(repeating: .nan, shape: w.shape)
        shape.weightGradient(dy, x, into: &dw, beta: 0)
        #expect(dw == .zeros(w.shape))
    }

    @Test("an impossible shape is told in one line") func flaws() throws {
        func flaw(_ channels: Int, _ outputs: Int, _ groups: Int, kernel: Extent = 3) -> String? {
            ConvolutionShape(
                batch: 1, image: 5, channels: channels, outputs: outputs, window: Window(kernel), groups: groups
            ).flaw
        }
        #expect(flaw(4, 6, 2) == nil)
        #expect(
            flaw(4, 6, 4) == "expected channels and outputs that are multiples of 4 groups, found 4 and 6")
        #expect(try #require(flaw(0, 6, 1)).contains("at least one channel"))
        #expect(try #require(flaw(4, 6, 2, kernel: 6)).contains("does not fit"))
    }
}
