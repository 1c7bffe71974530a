import TestSupport
import Testing

@testable import Tensors

@Suite("Resampling kernels") struct ResamplingTests {
    private static let shapes = Resampling.allCases.flatMap { method in
        [(Extent(3, 4), Extent(6, 8)), (Extent(5, 4), Extent(7, 9)), (Extent(9, 7), Extent(4, 2)), (2, 2), (1, 3)].map {
            ResamplingShape(batch: 3, image: $0.0, channels: 18, target: $0.1, method: method)
        } + [ResamplingShape(batch: 40, image: 9, channels: 3, target: 20, method: method)]
    }

    /// The share of each pixel of one side in each place, by the definition.
    private func weight(_ place: Int, _ pixel: Int, _ pixels: Int, _ places: Int, _ method: Resampling) -> Double {
        switch method {
        case .nearest: return place * pixels / places == pixel ? 1 : 0
        case .bilinear:
            // The pixels at the borders go on beyond them.
            let position = (Double(place) + 0.5) * Double(pixels) / Double(places) - 0.5
            let bounded = min(max(position, 0), Double(pixels - 1))
            return max(0, 1 - abs(bounded - Double(pixel)))
        }
    }

    @Test("the map and its gradient agree with the definition", arguments: shapes)
    private func definition(_ shape: ResamplingShape) {
        let x = gridTensor(shape.imageShape, RandomStream(seed: 51)["x"])
        let dy = gridTensor(shape.outputShape, RandomStream(seed: 51)["dy"])
        let (image, target, channels) = (shape.image, shape.target, shape.channels)
        var y = [Double](repeating: 0, count: dy.count)
        var gradient = [Double](repeating: 0, count: x.count)
        for place in 0..<shape.batch * target.area {
            let (picture, row, column) = (
                place / target.area, place / target.width % target.height, place % target.width
            )
            for pixel in 0..<image.area {
                let share =
                    weight(row, pixel / image.width, image.height, target.height, shape.method)
                    * weight(column, pixel % image.width, image.width, target.width, shape.method)
                for channel in 0..<channels {
                    let source = (picture * image.area + pixel) * channels + channel
                    y[place * channels + channel] += share * Double(x[source])
                    gradient[source] += share * Double(dy[place * channels + channel])
                }
            }
        }
        expectClose(shape.forward(x), y, "forward")
        for beta: Float in [0, 1] {
            var dx = Tensor(repeating: beta == 0 ? .nan : 2, shape: x.shape)
            shape.gradient(dy, into: &dx, beta: beta)
            expectClose(dx, gradient.map { $0 + 2 * Double(beta) }, "gradient")
        }
    }

    @Test("a size that stays leaves the image as it is", arguments: Resampling.allCases)
    func identity(_ method: Resampling) {
        let shape = ResamplingShape(batch: 2, image: Extent(4, 5), channels: 3, target: Extent(4, 5), method: method)
        let x = gridTensor(shape.imageShape, RandomStream(seed: 52))
        #expect(shape.forward(x) == x)
    }
}
