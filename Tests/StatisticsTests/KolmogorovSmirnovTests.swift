import Testing

@testable import Statistics

@Suite struct KolmogorovSmirnovTests {
    @Test(
        "The limit law agrees with scipy's",
        arguments: [
            (0.3, 0.9999906941986655), (0.5, 0.9639452436648751), (0.8, 0.5441424115741981), (1, 0.26999967167735456),
            (1.3581, 0.0499996304316674), (2, 0.0006709252557796953), (3, 3.045995948942526e-08),
        ])
    func limit(x: Double, tail: Double) {
        #expect(abs(KolmogorovSmirnov.upperTail(x) / tail - 1) < 1e-9)
    }

    @Test("The distance is scipy's, and the p-value is near its exact one")
    func sample() throws {
        let few = try KolmogorovSmirnov([-1.2, 0.3, 0.1, 2.2, -0.4, 0.9, 1.1, -0.05], against: normalCDF)
        #expect(abs(few.statistic - 0.2300611941616275) < 1e-12)
        #expect(abs(few.pValue - 0.7105415135660451) < 0.03)
        let fractions = (1...200).map { (Double($0) * 0.6180339887498949).truncatingRemainder(dividingBy: 1) }
        let many = try KolmogorovSmirnov(fractions.map { $0 * $0.squareRoot().squareRoot() }) { min(1, max(0, $0)) }
        #expect(abs(many.statistic - 0.08276564530107483) < 1e-9)
        #expect(abs(many.pValue - 0.12202554672083177) < 0.01)
    }

    @Test("A wrong scale is rejected, and the right one accepted (level 0.001)")
    func scale() throws {
        let normals = (1...2000).map { normalQuantile((Double($0) - 0.5) / 2000) }
        #expect(try KolmogorovSmirnov(normals, against: normalCDF).pValue > 0.999)
        #expect(try KolmogorovSmirnov(normals.map { 1.5 * $0 }, against: normalCDF).pValue < 0.001)
        #expect(try KolmogorovSmirnov(normals.map { $0 + 0.15 }, against: normalCDF).pValue < 0.001)
    }

    @Test("Too few values and values that are not finite are refused")
    func refusals() {
        #expect(throws: StatisticsError.tooFew(needed: 5, found: 4)) {
            try KolmogorovSmirnov([1, 2, 3, 4], against: normalCDF)
        }
        #expect(throws: StatisticsError.notFinite(index: 2)) {
            try KolmogorovSmirnov([1, 2, .nan, 4, 5], against: normalCDF)
        }
    }
}
