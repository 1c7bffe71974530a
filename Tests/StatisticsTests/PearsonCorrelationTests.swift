import Testing

@testable import Statistics

@Suite struct PearsonCorrelationTests {
    @Test("A line correlates perfectly, in either direction")
    func lines() {
        #expect(pearsonCorrelation([1, 2, 4], [3, 5, 9]).map { isClose($0, 1, within: 1e-15) } == true)
        #expect(pearsonCorrelation([1, 2, 4], [-1, -2, -4]).map { isClose($0, -1, within: 1e-15) } == true)
    }

    @Test("Four hand-computed pairs")
    func byHand() {
        // Deviations −1.5 −0.5 0.5 1.5 and −1 1 −1 1: products sum to 2, squares to 5 and 4.
        let correlation = pearsonCorrelation([1, 2, 3, 4], [0, 2, 0, 2])
        #expect(correlation.map { isClose($0, 2 / 20.0.squareRoot(), within: 1e-15) } == true)
    }

    @Test("A constant has no correlation")
    func constant() { #expect(pearsonCorrelation([1, 1, 1], [1, 2, 3]) == nil) }
}
