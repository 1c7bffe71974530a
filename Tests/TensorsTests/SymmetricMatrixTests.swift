import Tensors
import Testing

@Suite struct SymmetricMatrixTests {
    @Test("Eigenvalues and eigenvectors of a matrix that one can solve by hand")
    func eigen() {
        let (values, vectors) = SymmetricMatrix([2, 1, 1, 2], order: 2).eigen()
        #expect(abs(values[0] - 1) < 1e-12 && abs(values[1] - 3) < 1e-12)
        #expect(abs(abs(vectors[0]) - 0.5.squareRoot()) < 1e-12)
    }

    @Test("The square root squares back, and negative rounding counts as zero")
    func squareRoot() {
        let matrix = SymmetricMatrix([4, 2, 0, 2, 3, 1, 0, 1, 5], order: 3)
        let identity = SymmetricMatrix([1, 0, 0, 0, 1, 0, 0, 0, 1], order: 3)
        let squared = matrix.squareRoot().sandwiching(identity)
        for (found, expected) in zip(squared.elements, matrix.elements) { #expect(abs(found - expected) < 1e-12) }
        #expect(SymmetricMatrix([-1e-18], order: 1).squareRoot().elements == [0])
    }

    @Test("The covariance divides by rows − 1")
    func covariance() {
        let matrix = SymmetricMatrix(covarianceOf: Tensor([1, 2, 3, 6, 5, 4], shape: [3, 2]))
        #expect(matrix.elements == [4, 2, 2, 4])
    }

    @Test("The Fréchet distance of two Gaussians is that of their means and deviations")
    func frechet() {
        let noise = RandomStream(seed: 5).normalTensor([20_000, 2])
        #expect(frechetDistance(noise, noise) < 1e-6)
        #expect(abs(frechetDistance(noise, noise + 3) - 18) < 1e-3)
        // One deviation against three in both coordinates: (3 − 1)² each, up to the sample's own deviation.
        #expect(abs(frechetDistance(noise, noise * 3) - 8) < 0.2)
    }
}
