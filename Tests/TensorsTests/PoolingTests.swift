import TestSupport
import Testing

@testable import Tensors

@Suite("Pooling kernels") struct PoolingTests {
    private static let shapes = [
        PoolingShape(batch: 2, image: Extent(6, 7), channels: 3, window: Window(2, stride: 2)),
        PoolingShape(batch: 3, image: Extent(6, 7), channels: 17, window: Window(3, stride: 2, padding: 1)),
        PoolingShape(batch: 1, image: Extent(5, 9), channels: 32, window: Window(Extent(2, 4), stride: Extent(1, 3))),
        PoolingShape(batch: 2, image: 4, channels: 1, window: Window(4)),
        PoolingShape(batch: 20, image: 12, channels: 18, window: Window(5, padding: 2)),
        PoolingShape(batch: 0, image: 4, channels: 2, window: Window(2)),
    ]

    /// What the window sees at each position: indices into the images.
    private func seen(_ shape: PoolingShape) -> [[Int]] {
        let (window, image) = (shape.window, shape.image)
        return (0..<shape.outputShape.reduce(1, *)).map { index in
            let (channel, place) = (index % shape.channels, index / shape.channels)
            let (column, line) = (place % shape.positions.width, place / shape.positions.width)
            let (row, picture) = (line % shape.positions.height, line / shape.positions.height)
            return (0..<window.kernel.area).compactMap { tap in
                let h = row * window.stride.height - window.padding.height + tap / window.kernel.width
                let v = column * window.stride.width - window.padding.width + tap % window.kernel.width
                guard (0..<image.height).contains(h), (0..<image.width).contains(v) else { return nil }
                return ((picture * image.height + h) * image.width + v) * shape.channels + channel
            }
        }
    }

    @Test("the maximum and its gradient agree with the definition", arguments: shapes)
    private func maximum(_ shape: PoolingShape) throws {
        // A coarse grid: many equals, of which the first receives the gradient.
        let x = Tensor(
            gridTensor(shape.imageShape, RandomStream(seed: 41)["x"], scale: 3).values.map { $0.rounded() },
            shape: shape.imageShape)
        let dy = gridTensor(shape.outputShape, RandomStream(seed: 41)["dy"])
        let y = shape.maximum(x)
        let seen = seen(shape)
        expectClose(y, try seen.map { Double(try #require($0.map { x[$0] }.max())) }, "maximum")
        for beta: Float in [0, 1] {
            var expected = [Double](repeating: 2 * Double(beta), count: x.count)
            for (index, taps) in seen.enumerated() {
                let winner = try #require(taps.first { x[$0] == y[index] })
                expected[winner] += Double(dy[index])
            }
            var dx = Tensor(repeating: beta == 0 ? .nan : 2, shape: x.shape)
            shape.maximumGradient(dy, x: x, y: y, into: &dx, beta: beta)
            expectClose(dx, expected, "gradient")
        }
    }

    @Test("the mean and its gradient agree with the definition, padding counting as zero", arguments: shapes)
    private func mean(_ shape: PoolingShape) {
        let x = gridTensor(shape.imageShape, RandomStream(seed: 42)["x"])
        let dy = gridTensor(shape.outputShape, RandomStream(seed: 42)["dy"])
        let (seen, area) = (seen(shape), Double(shape.window.kernel.area))
        expectClose(shape.mean(x), seen.map { $0.reduce(0) { $0 + Double(x[$1]) } / area }, "mean")
        for beta: Float in [0, 1] {
            var expected = [Double](repeating: 2 * Double(beta), count: x.count)
            for (index, taps) in seen.enumerated() {
                for tap in taps { expected[tap] += Double(dy[index]) / area }
            }
            var dx = Tensor(repeating: beta == 0 ? .nan : 2, shape: x.shape)
            shape.meanGradient(dy, into: &dx, beta: beta)
            expectClose(dx, expected, "gradient")
        }
    }

    @Test("a NaN is not lost in a maximum", arguments: [1, 16]) func nan(_ channels: Int) {
        let shape = PoolingShape(batch: 1, image: 2, channels: channels, window: Window(2))
        for place in 0..<4 {
            var x = Tensor(repeating: 1, shape: shape.imageShape)
            x[place * channels] = .nan
            let y = shape.maximum(x)
            #expect(y[0].isNaN && y.values.dropFirst().allSatisfy { $0 == 1 })
        }
    }

    @Test("an impossible shape is told in one line") func flaws() {
        func flaw(_ window: Window) -> String? { PoolingShape(batch: 1, image: 4, channels: 1, window: window).flaw }
        #expect(flaw(Window(3, padding: 1)) == nil)
        #expect(flaw(Window(3, padding: 2)) == "expected a padding of at most half the kernel of 3×3, found 2×2")
        #expect(flaw(Window(2, dilation: 2)) == "expected a dilation of 1, found 2×2")
        #expect(flaw(Window(5)) == Window(5).flaw(over: 4))
    }
}
