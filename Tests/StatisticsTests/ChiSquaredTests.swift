import Statistics
import Testing

@Suite struct ChiSquaredTests {
    /// From scipy 1.17: degrees of freedom, x, Pr[X ≤ x], Pr[X ≥ x].
    static let values: [(Double, Double, Double, Double)] = [
        (1, 3.841458820694124, 0.95, 0.05), (2, 1e-3, 0.0004998750208307296, 0.9995001249791693),
        (5, 20, 0.9987502694369687, 0.0012497305630313773), (10, 60, 0.999999996375699, 3.6243009520614924e-09),
        (100, 150, 0.9990960679576459, 0.0009039320423540184), (100, 60, 0.0005188914625480344, 0.999481108537452),
        (996_600, 1_000_000, 0.9919358548979348, 0.008064145102065209),
        (996_600, 993_000, 0.005347224031084333, 0.9946527759689157),
        (3.5, 7.25, 0.9089059124097589, 0.09109408759024111),
    ]

    @Test("Both tails agree with an independent implementation", arguments: values)
    func tails(degrees: Double, x: Double, lower: Double, upper: Double) {
        let law = ChiSquared(degreesOfFreedom: degrees)
        #expect(abs(law.probability(atMost: x) / lower - 1) < 1e-8)
        #expect(abs(law.probability(atLeast: x) / upper - 1) < 1e-8)
        #expect(abs(law.twoSidedPValue(x) - 2 * min(lower, upper)) < 1e-8)
    }

    @Test("Two degrees of freedom are exponential")
    func exponential() {
        let law = ChiSquared(degreesOfFreedom: 2)
        for (x, tail) in [(0.5, 0.7788007830714049), (4, 0.1353352832366127), (80, 4.248354255291589e-18)] {
            #expect(abs(law.probability(atLeast: x) / tail - 1) < 1e-12)
        }
    }

    @Test("The ends have probabilities 0 and 1, and what is no number is as odd as can be")
    func ends() {
        let law = ChiSquared(degreesOfFreedom: 7)
        #expect(law.probability(atMost: 0) == 0 && law.probability(atLeast: 0) == 1)
        #expect(law.probability(atLeast: .infinity) == 0 && law.twoSidedPValue(.infinity) == 0)
        #expect(law.twoSidedPValue(.nan) == 0)
        #expect(law.twoSidedPValue(6.345811195521517) > 0.99)
    }
}
