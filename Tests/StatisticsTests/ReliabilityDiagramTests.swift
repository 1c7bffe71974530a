import Testing

@testable import Statistics

@Suite struct ReliabilityDiagramTests {
    @Test("Bins, their means and frequencies, and both errors are those by hand; one belongs to the last bin")
    func byHand() throws {
        let diagram = try ReliabilityDiagram(
            predictions: [0.125, 0.25, 0.625, 1, 0.75], outcomes: [false, true, true, true, false], bins: 2)
        #expect(
            diagram.bins == [
                ReliabilityDiagram.Bin(count: 2, prediction: 0.1875, frequency: 0.5),
                ReliabilityDiagram.Bin(count: 3, prediction: 2.375 / 3, frequency: 2.0 / 3),
            ])
        #expect(abs(diagram.expectedCalibrationError - (2 * 0.3125 + 0.375) / 5) < 1e-15)
        #expect(diagram.maximumCalibrationError == 0.3125)
    }

    @Test("An empty bin is left out, and a bin's lower edge belongs to it")
    func edges() throws {
        let diagram = try ReliabilityDiagram(predictions: [0, 0.75], outcomes: [false, true], bins: 4)
        #expect(diagram.bins.map(\.prediction) == [0, 0.75])
        #expect(diagram.bins.map(\.frequency) == [0, 1])
        #expect(diagram.expectedCalibrationError == 0.125)
    }

    @Test("What is no probability, no pair or nothing is refused")
    func refused() {
        #expect(throws: StatisticsError.notAProbability(index: 1)) {
            try ReliabilityDiagram(predictions: [0.5, .nan], outcomes: [true, true])
        }
        #expect(throws: StatisticsError.notAProbability(index: 0)) {
            try ReliabilityDiagram(predictions: [1.01], outcomes: [true])
        }
        #expect(throws: StatisticsError.countsDiffer(scores: 1, labels: 2)) {
            try ReliabilityDiagram(predictions: [0.5], outcomes: [true, true])
        }
        #expect(throws: StatisticsError.tooFew(needed: 1, found: 0)) {
            try ReliabilityDiagram(predictions: [], outcomes: [])
        }
    }
}
