import Auditing
import Statistics
import Tensors
import Testing

@Suite struct LinearCKATests {
    private let random = RandomStream(seed: 41)

    @Test("By hand: three centred numbers against two, (1, 0, −1, 0) and friends")
    func hand() throws {
        // Centred already. X = (1, 0), (0, 1), (−1, 0), (0, −1); Y = the first column of X.
        let x = Tensor([1, 0, 0, 1, -1, 0, 0, -1], shape: [4, 2])
        let y = Tensor([1, 0, -1, 0], shape: [4, 1])
        // YᵀX = (2, 0); XᵀX = diag(2, 2); YᵀY = 2: 4/(√8·2).
        let found = try LinearCKA(x, y)
        #expect(abs(found.value - 1 / 2.0.squareRoot()) < 1e-12)
        // Gram matrices without diagonal: K₁₃ = K₂₄ = −1, L₁₃ = −1. tr KL = 2, tr KK = 4, tr LL = 2, sums −4 and −2,
        // Σ KL = 2, Σ KK = 4, Σ LL = 2; with n = 4: 2 + 8/6 − 2, 4 + 16/6 − 4, 2 + 4/6 − 2.
        let expected = (8.0 / 6) / ((16.0 / 6) * (4.0 / 6)).squareRoot()
        #expect(abs(try #require(found.debiased) - expected) < 1e-12)
    }

    @Test("Rotation, scale and shift change nothing: 1 within 10⁻⁶ for features in single precision")
    func invariance() throws {
        let x = random["x"].normalTensor([60, 2])
        let (cosine, sine) = (Float(0.6), Float(0.8))
        let y = Tensor(
            (0..<60).flatMap { row -> [Float] in
                let (a, b) = (x[2 * row], x[2 * row + 1])
                return [3 * (cosine * a - sine * b) + 5, 3 * (sine * a + cosine * b) - 2]
            }, shape: [60, 2])
        let found = try LinearCKA(x, y)
        #expect(abs(found.value - 1) < 1e-6)
        #expect(abs(try #require(found.debiased) - 1) < 1e-6)
        // Negative control: stretching one direction is no rotation.
        let stretched = Tensor(
            x.values.enumerated().map { $0.offset % 2 == 0 ? 4 * $0.element : $0.element }, shape: [60, 2])
        #expect(try LinearCKA(x, stretched).value < 0.95)
    }

    @Test("Independent features: near 0 of many records; of few wide ones the plain value is not, the debiased one is")
    func independent() throws {
        let many = try LinearCKA(random["a"].normalTensor([2000, 4]), random["b"].normalTensor([2000, 4]))
        #expect(many.value < 0.01)
        let few = try LinearCKA(random["c"].normalTensor([30, 24]), random["d"].normalTensor([30, 24]))
        // √(24·24)/30 before the denominators grow as well; the debiased one has a deviation of some 1/30.
        #expect(few.value > 0.35)
        #expect(abs(try #require(few.debiased)) < 0.12, "\(few)")
    }

    @Test("Other numbers of records, too few, what does not vary, and what is no number are refused")
    func refused() {
        let x = random.normalTensor([6, 2])
        #expect(throws: StatisticsError.countsDiffer(scores: 6, labels: 5)) { try LinearCKA(x, x.rows(0..<5)) }
        #expect(throws: StatisticsError.tooFew(needed: 4, found: 3)) { try LinearCKA(x.rows(0..<3), x.rows(0..<3)) }
        #expect(throws: StatisticsError.constant) { try LinearCKA(x, Tensor(repeating: 2, shape: [6, 3])) }
        #expect(throws: StatisticsError.notFinite(index: 1)) {
            try LinearCKA(Tensor([0, .nan, 1, 2], shape: [4, 1]), x.rows(0..<4))
        }
    }
}
