import Testing

@testable import Statistics

@Suite struct MomentsTests {
    @Test("Mean and both variances of a hand-computed sample")
    func byHand() {
        let moments = Moments(of: [2, 4, 4, 4, 5, 5, 7, 9])
        #expect(moments.mean == 5)
        #expect(moments.populationVariance == 4)
        #expect(moments.populationStandardDeviation == 2)
        #expect(isClose(moments.sampleVariance, 32.0 / 7, within: 1e-15))
        #expect(isClose(moments.sampleStandardDeviation, (32.0 / 7).squareRoot(), within: 1e-15))
    }

    @Test("A large offset does not eat the variance")
    func offset() {
        #expect(Moments(of: [1e9 + 1, 1e9 + 2, 1e9 + 3]).sampleVariance == 1)
    }

    @Test("A single value has no sample variance")
    func single() {
        #expect(Moments(of: [3]).populationVariance == 0)
        #expect(Moments(of: [3]).sampleVariance.isNaN)
    }
}
