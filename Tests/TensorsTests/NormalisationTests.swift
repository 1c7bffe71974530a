import Tensors
import TestSupport
import Testing

@Suite("Layer norm and RMS norm") struct NormalisationTests {
    @Test("agree with double precision", arguments: [1, 3, 16, 37])
    func agrees(_ width: Int) {
        let x = gridTensor([4, width], RandomStream(seed: 95), scale: 3) + 5
        for kind in [Normalisation.layer, .rootMeanSquare] {
            let (normalised, reciprocal) = kind.normalise(x, epsilon: 1e-5)
            for row in 0..<4 {
                let values = x.row(row).map(Double.init)
                let mean = kind == .layer ? values.reduce(0, +) / Double(width) : 0
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
                let scale = 1 / (variance + 1e-5).squareRoot()
                expectClose([reciprocal[row]], [scale], tolerance: 2e-6)
                expectClose(normalised.row(row), values.map { ($0 - mean) * scale }, tolerance: 3e-6, floor: 1)
            }
        }
    }

    @Test("a constant row becomes zero") func constant() {
        #expect(
            Normalisation.layer.normalise(Tensor(repeating: 7, shape: [1, 20]), epsilon: 1e-5).0 == .zeros([1, 20]))
    }
}
