import TestSupport
import Testing

@testable import Tensors

@Suite("Layer norm and RMS norm") struct NormalisationTests {
    private let random = RandomStream(seed: 95)

    @Test("agree with double precision, with gain and with or without bias", arguments: [1, 3, 16, 37])
    func agrees(_ width: Int) {
        let x = gridTensor([4, width], random, scale: 3) + 5
        let (gain, bias) = (gridTensor([width], random["gain"]) + 1, gridTensor([width], random["bias"]))
        for kind in [Normalisation.layer, .rootMeanSquare] {
            for bias in [bias, nil] {
                let (y, moments) = kind.forward(x, gain: gain, bias: bias, epsilon: 1e-5)
                for row in 0..<4 {
                    let values = x.row(row).map(Double.init)
                    let mean = kind == .layer ? values.reduce(0, +) / Double(width) : 0
                    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
                    let scale = 1 / (variance + 1e-5).squareRoot()
                    expectClose([moments.reciprocal[row]], [scale], tolerance: 2e-6)
                    let expected = values.indices.map {
                        (values[$0] - mean) * scale * Double(gain[$0]) + Double(bias?[$0] ?? 0)
                    }
                    expectClose(y.row(row), expected, tolerance: 4e-6, floor: 1)
                }
            }
        }
    }

    @Test("a constant row becomes zero") func constant() {
        let (y, _) = Normalisation.layer.forward(
            Tensor(repeating: 7, shape: [1, 20]), gain: Tensor(repeating: 1, shape: [20]), bias: nil, epsilon: 1e-5)
        #expect(y == .zeros([1, 20]))
    }

    @Test("the gradient adds to what is there, and groups of rows add up to all rows")
    func groups() {
        let (x, dy) = (gridTensor([6, 19], random["x"]), gridTensor([6, 19], random["dy"]))
        let gain = gridTensor([19], random["gain"])
        let (_, moments) = Normalisation.layer.forward(x, gain: gain, bias: nil, epsilon: 1e-5)
        func gradient(_ groups: Pieces, _ start: Tensor, beta: Float) -> (dx: Tensor, gain: Tensor, bias: Tensor) {
            var dx = Optional(start)
            let parts = Normalisation.layer.gradient(
                dy, x, moments, gain: gain, groups: groups, into: &dx, beta: beta)
            return (dx ?? start, parts.gain, parts.bias)
        }
        let whole = gradient(Pieces(groups: 1, of: 6), .zeros([6, 19]), beta: 0)
        let parts = gradient(Pieces(groups: 3, of: 2), Tensor(repeating: 1, shape: [6, 19]), beta: 1)
        #expect(parts.gain.rows == 3)
        expectClose(parts.dx.values, (whole.dx + 1).values.map(Double.init), tolerance: 1e-6, floor: 1)
        expectClose(parts.gain.sumOfRows().values, whole.gain.values.map(Double.init), tolerance: 1e-5, floor: 1)
        expectClose(parts.bias.sumOfRows().values, whole.bias.values.map(Double.init), tolerance: 1e-5, floor: 1)
    }
}
